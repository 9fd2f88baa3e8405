"""The package stands alone: it is complete, whole or refused, and answers as the notebook did."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nbmlops.errors import PackageError, UsageError
from nbmlops.package.build import build_package, name_module

ANSWER = """
import sys, json
sys.modules["nbmlops"] = None
sys.path.insert(0, {path!r})
import pandas as pd
from income_model.model import Model
model = Model()
raw = pd.read_csv({adult!r}, keep_default_na=True)
rows = [
    {{k: (None if v != v else v) for k, v in zip(raw.columns, values)}}
    for values in zip(*(raw[c].tolist() for c in raw.columns))
]
asked = json.loads(sys.stdin.read())
answers = model.answer_rows([rows[i] for i in asked], True)
print(json.dumps(answers))
"""


def test_package_has_all_its_files(census):
    names = {p.relative_to(census.path).as_posix() for p in census.path.rglob("*") if p.is_file()}
    wanted = {"pyproject.toml", "README.md", "Dockerfile", ".github/workflows/ci.yml", "manifest.json"}
    assert wanted <= names
    assert {"income_model/rows.py", "income_model/service.py", "income_model/model.pkl"} <= names
    assert set(census.record.files) == names - {"manifest.json", "manifest.sig"}


def test_answers_are_the_notebooks_bit_for_bit(census):
    space = census.namespace
    asked = [int(label) for label in [*space["X_train"].index[:150], *space["X_test"].index[:150]]]
    code = ANSWER.format(path=str(census.path), adult=census.parameters["adult"])
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    answers = json.loads(done.stdout)
    features = space["X"].loc[asked]
    model = space["model"]
    assert [a["prediction"] for a in answers] == model.predict(features).tolist()
    assert [list(a["probabilities"].values()) for a in answers] == model.predict_proba(features).tolist()


def test_own_tests_of_the_package_pass(census):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        check=False,
        cwd=census.path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1] or all(c.dropped is None for c in census.cut.golden)


def test_project_pins_what_inference_imports(census):
    project = tomllib.loads((census.path / "pyproject.toml").read_text())["project"]
    names = {line.partition("==")[0] for line in project["dependencies"]}
    assert all("==" in line for line in project["dependencies"])
    assert {"pandas", "scikit-learn", "starlette", "uvicorn"} <= names
    assert not names & {
        "fastapi",
        "nbmlops",
        "ipython",
        "ipykernel",
        "matplotlib",
        "sqlite-utils",
        "pytest",
        "Jinja2",
        "psutil",
    }


def test_unmodified_package_is_replaced(census, tmp_path):
    place = tmp_path / "dist"
    shutil.copytree(census.path, place)
    for left in ("income_model/__pycache__", "income_model.egg-info", "build/lib/income_model"):
        (place / left).mkdir(parents=True, exist_ok=True)
        (place / left / "left").write_text("by pip")
    second = build_package(census.cut, census.estimator, "income", 2, place)
    assert second.version == json.loads((place / "manifest.json").read_text())["version"] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["dist"]


@pytest.mark.parametrize("spoil", ["change", "add", "remove", "somebody's"])
def test_anything_else_is_refused_and_kept(census, tmp_path, spoil):
    place = tmp_path / "dist"
    shutil.copytree(census.path, place)
    if spoil == "change":
        (place / "README.md").write_text("mine")
    elif spoil == "add":
        (place / "notes.txt").write_text("mine")
    elif spoil == "remove":
        (place / "README.md").unlink()
    else:
        (place / "manifest.json").unlink()
    before = {p: p.read_bytes() for p in place.rglob("*") if p.is_file()}
    with pytest.raises(PackageError, match="no unmodified package"):
        build_package(census.cut, census.estimator, "income", 4, place)
    assert before == {p: p.read_bytes() for p in place.rglob("*") if p.is_file()}


def test_unknown_target_is_refused_before_anything_is_written(census, tmp_path):
    with pytest.raises(UsageError, match="dokcer"):
        build_package(census.cut, census.estimator, "income", 1, tmp_path / "dist", ["dokcer"])
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("income", "income_model"),
        ("Income Model", "income_model"),
        ('x"; import os #', "x_import_os_model"),
        ("2024", "m_2024_model"),
        ("../../etc", "etc_model"),
        ("été", "t_model"),
        ("...", "a_model"),
    ],
)
def test_module_name_is_harmless(name, module):
    assert name_module(name) == module


def test_hostile_model_name_stays_text(census, tmp_path):
    name = 'in"come\'{{ 7 * 7 }}"""\\\n# x'
    record = build_package(census.cut, census.estimator, name, 1, tmp_path / "dist", ["docker", "github"])
    place = Path(record.path)
    assert tomllib.loads((place / "pyproject.toml").read_text())["project"]["name"].isascii()
    assert json.loads((place / record.module / "manifest.json").read_text())["model"] == name
    for source in place.rglob("*.py"):
        compile(source.read_text(), str(source), "exec")
