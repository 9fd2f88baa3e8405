"""An export stands on its own: in a new environment made from its pyproject.toml it is checked and tested."""

from __future__ import annotations

import re
import sys

import pandas as pd
import pytest

from nbmlops.api.exporting import export_name
from nbmlops.processes.child import python_command, run_child
from tests.lifecycle.census_model import run_census

pytestmark = pytest.mark.slow
LINE = 'data = data.dropna(subset=["native_country"])'


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """The export of the census model; not to be changed."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    exported = export_name("model", folder / "out", store=run_census(folder))
    assert exported.verdict == "identical", exported.proof
    return folder / "out"


@pytest.fixture(scope="module")
def python(export, tmp_path_factory):
    """The interpreter of an environment that holds what the export asks for, and nothing else."""
    before = sorted(export.rglob("*"))
    folder = tmp_path_factory.mktemp("environment") / "venv"
    made = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    uv = python_command("-m", "uv")
    for arguments in (
        ("venv", "--python", sys.executable, str(folder)),
        ("pip", "install", "--python", str(made), ".[validate]", "--group", "test"),
    ):
        done = run_child([*uv, *arguments, "--quiet"], cwd=export, timeout=900.0)
        assert done.code == 0, done.errors
    assert sorted(export.rglob("*")) == before
    return made


def validate(python, export, tmp_path, table):
    made = tmp_path / "table.csv"
    table.to_csv(made, index=False)
    given = ["--validate", "--adult", str(made), "--workdir", str(tmp_path / "work")]
    return run_child([str(python), "pipeline.py", *given], cwd=export)


def read_rows(export):
    return pd.read_csv(export.parent / "adult.csv")


def test_the_schema_holds_on_what_was_read(python, export, tmp_path):
    done = validate(python, export, tmp_path, read_rows(export))
    assert done.code == 0, done.errors
    assert "the input tables are as schema.py says" in done.errors


CHANGES = {
    "a column is missing": (lambda f: f.drop(columns="age"), "the column 'age' is missing"),
    "another type": (
        lambda f: f.assign(age=f["age"].astype(str) + " years"),
        "the column 'age' is str, not int64",
    ),
    "no value": (
        lambda f: f.assign(age=f["age"].where(f.index > 2)),
        "the column 'age' is float64, not int64; values that are missing: 3",
    ),
    "another word": (
        lambda f: f.assign(sex=f["sex"].where(f.index != 5, "Secret")),
        "the column 'sex' is not isin(['Female', 'Male']) in 1 of 2000 rows",
    ),
    "out of range": (
        lambda f: f.assign(age=f["age"].where(f.index != 5, 7777)),
        "the column 'age' is not in_range(10, 100) in 1 of 2000 rows",
    ),
    "no rows": (lambda f: f.head(0), "has no rows"),
    "nothing": (lambda f: pd.DataFrame(), "cannot be read as a table: EmptyDataError"),
}


@pytest.mark.parametrize(("change", "said"), CHANGES.values(), ids=CHANGES.keys())
def test_another_table_is_refused(python, export, tmp_path, change, said):
    done = validate(python, export, tmp_path, change(read_rows(export)))
    assert done.code == 1, done.errors
    assert said in done.errors
    assert done.errors.count("not valid") == 1
    assert not re.search(r"Traceback|Secret|7777|\d years", done.errors)
    assert not (tmp_path / "work").exists()


def test_no_rare_value_is_shown(export):
    text = (export / "schema.py").read_text()
    shown = set(re.findall(r'"([^"]*)"', text))
    for name, column in read_rows(export).items():
        rare = {str(value) for value, count in column.value_counts().items() if count < 10}
        bounds = re.search(rf'"{name}": pa.Column\([^)]*in_range\((.*?)\)', text)
        assert not rare & (shown | set(bounds[1].split(", ") if bounds else ()))


def test_its_tests_pass_and_fail_when_a_line_is_broken(python, export):
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = run_child(command, cwd=export)
    assert done.code == 0, done.output
    assert "skipped" not in done.output
    script = export / "pipeline.py"
    text = script.read_text()
    assert LINE in text
    try:
        script.write_text(text.replace(LINE, "data = data.copy()"))
        broken = run_child(command, cwd=export)
    finally:
        script.write_text(text)
    assert broken.code == 1
    assert "test_every_value_is_the_notebooks" in broken.output
