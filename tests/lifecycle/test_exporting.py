"""Exports of a model on census data: what they hold, what they depend on, and what they leave alone."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name, prove_export
from nbmlops.core.progress import silent, watch_work
from nbmlops.errors import ExportError, ProofError, UnknownNameError
from nbmlops.store.opening import open_store
from nbmlops.values.structure import structural_digest
from tests.lifecycle.census_model import CELLS, run_census


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project in which the census notebook was run and its model exported as `out`; not to be changed."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    store = run_census(folder)
    exported = export_name("model", folder / "out", store=store)
    assert exported.verdict == "identical", exported.proof
    return folder


@pytest.fixture
def copy(project, tmp_path):
    """A copy of that project, to be changed."""
    shutil.copytree(project, tmp_path / "copy")
    return tmp_path / "copy"


def run_python(*arguments, cwd, expect=0):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NBMLOPS", "PYTHONPATH"))}
    blocked = {**kept, "PYTHONPATH": str(cwd / "blocked")}
    (cwd / "blocked" / "nbmlops").mkdir(parents=True, exist_ok=True)
    (cwd / "blocked" / "nbmlops" / "__init__.py").write_text("raise ImportError('nbmlops is not here')")
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=blocked, capture_output=True, text=True, check=False)
    assert done.returncode == expect, (done.stdout, done.stderr)
    return done


def run_model(script, cwd, *arguments):
    run_python(script, *arguments, cwd=cwd)
    return structural_digest(pickle.loads((cwd / "model.pkl").read_bytes()))


def golden_digest(project):
    with open_store(project / ".nbmlops" / "store.db", create=False) as store:
        return store.histories.saved_value(store.histories.latest(), "model").digest


def test_runs_from_another_directory(project, tmp_path):
    assert run_model(project / "out" / "pipeline.py", tmp_path) == golden_digest(project)


def test_step_by_step_makes_the_same(project, tmp_path):
    script = project / "out" / "pipeline.py"
    listed = run_python(script, "steps", cwd=tmp_path).stdout
    names = [line.partition(":")[0] for line in listed.splitlines()]
    assert len(names) > 1
    for name in names:
        run_python(script, "step", name, "--workdir", "work", cwd=tmp_path)
    value = pickle.loads((tmp_path / "work" / "model.pkl").read_bytes())
    assert structural_digest(value) == golden_digest(project)


def test_help_shows_what_the_notebook_had(project, tmp_path):
    shown = run_python(project / "out" / "pipeline.py", "--help", cwd=tmp_path).stdout
    assert "--adult" in shown
    assert "adult.csv" in shown


def test_missing_input_fails(copy, tmp_path):
    (copy / "adult.csv").unlink()
    done = run_python(copy / "out" / "pipeline.py", cwd=tmp_path, expect=3)
    assert "adult.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "model.pkl").exists()


def test_one_changed_row_makes_another_model(copy, tmp_path):
    lines = (copy / "adult.csv").read_text().splitlines(keepends=True)
    assert "Never-married" in lines[1]
    lines[1] = lines[1].replace("Never-married", "Betrothed")
    (copy / "adult.csv").write_text("".join(lines))
    done = run_python(copy / "out" / "pipeline.py", cwd=tmp_path)
    assert "is not what the notebook read" in done.stderr
    value = pickle.loads((tmp_path / "model.pkl").read_bytes())
    assert structural_digest(value) != golden_digest(copy)


def test_another_input_can_be_given(copy, tmp_path):
    shutil.move(copy / "adult.csv", tmp_path / "elsewhere.csv")
    made = run_model(copy / "out" / "pipeline.py", tmp_path, "--adult", "elsewhere.csv")
    assert made == golden_digest(copy)


def test_no_row_leaves(project):
    rows = (project / "adult.csv").read_text().splitlines()[1:]
    files = [p for p in (project / "out").rglob("*") if p.is_file() and p.suffix != ".pyc"]
    left = b"\0".join(p.read_bytes() for p in files).decode("utf-8", "replace")
    assert not any(row in left for row in rows)
    weights = {row.split(",")[2] for row in rows}  # fnlwgt: five digits or more, nearly a name
    assert [w for w in weights if len(w) >= 5 and re.search(rf"(?<![\w.]){w}(?![\w.])", left)] == []


def test_rows_leave_when_asked(project, tmp_path):
    exported = export_name(
        "model", tmp_path / "out", with_rows=True, store=project / ".nbmlops" / "store.db", prove=False
    )
    assert exported.verdict is None
    kept = tmp_path / "out" / "inputs" / "adult.csv"
    assert kept.read_bytes() == (project / "adult.csv").read_bytes()
    work = tmp_path / "work"
    work.mkdir()
    assert run_model(tmp_path / "out" / "pipeline.py", work) == golden_digest(project)


def test_changed_input_is_copied_and_told(copy, tmp_path):
    # The record says where the notebook read it: that very file has to change.
    with open_store(copy / ".nbmlops" / "store.db", create=False) as store:
        original = store.histories.load(store.histories.latest()).directory
    place = Path(original, "adult.csv")
    held = place.read_text()
    try:
        place.write_text(held + held.splitlines()[-1] + "\n")
        exported = export_name("model", tmp_path / "out", store=copy / ".nbmlops" / "store.db")
    finally:
        place.write_text(held)
    assert any("no longer what the notebook read" in note for note in exported.notes)
    assert exported.verdict == "identical"
    assert (tmp_path / "out" / "inputs" / "adult.csv").read_text() == held


def test_unmodified_export_is_replaced(copy, tmp_path):
    store = copy / ".nbmlops" / "store.db"
    export_name("model", tmp_path / "out", store=store, prove=False)
    export_name("accuracy", tmp_path / "out", store=store, prove=False)
    assert "accuracy = accuracy_score" in (tmp_path / "out" / "pipeline.py").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy", "out"]


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_somebodys_directory_is_left_alone(copy, tmp_path, change):
    store = copy / ".nbmlops" / "store.db"
    export_name("model", tmp_path / "out", store=store, prove=False)
    if change == "edited":
        (tmp_path / "out" / "README.md").write_text("mine")
    elif change == "added":
        (tmp_path / "out" / "notes.txt").write_text("mine")
    else:
        (tmp_path / "out" / "README.md").unlink()
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    with pytest.raises(ExportError, match="left alone"):
        export_name("accuracy", tmp_path / "out", store=store, prove=False)
    assert {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()} == before


def test_a_file_and_a_foreign_folder_are_left_alone(project, tmp_path):
    store = project / ".nbmlops" / "store.db"
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").write_text("mine")
    for name in ("file", "folder"):
        for overwrite in (False, True):
            with pytest.raises(ExportError, match="left alone"):
                export_name("model", tmp_path / name, store=store, prove=False, overwrite=overwrite)
    assert (tmp_path / "file").read_text() == (tmp_path / "folder" / "thesis.tex").read_text() == "mine"


def test_unknown_name_names_the_close_ones(project, tmp_path):
    with pytest.raises(UnknownNameError, match="'model'"):
        export_name("modle", tmp_path / "out", store=project / ".nbmlops" / "store.db")
    assert not (tmp_path / "out").exists()


def test_foreign_directory_cannot_be_proven(project, tmp_path):
    shutil.copytree(project / "out", tmp_path / "out")
    with pytest.raises(ProofError, match="does not know"):
        prove_export(tmp_path / "out", store=project / ".nbmlops" / "store.db")


def test_edited_export_is_not_identical(copy, tmp_path):
    store = copy / ".nbmlops" / "store.db"
    export_name("model", tmp_path / "out", store=store, prove=False)
    script = tmp_path / "out" / "pipeline.py"
    script.write_text(script.read_text().replace("max_iter=parameters.max_iter", "max_iter=2001"))
    proof = prove_export(tmp_path / "out", store=store)
    assert proof.verdict == "different"


def test_own_tests_pass(copy, tmp_path):
    done = run_python("-m", "pytest", "-q", cwd=copy / "out")
    assert " passed" in done.stdout
    assert "failed" not in done.stdout


def test_text_is_clean(copy):
    checked = ["pipeline.py", "pipeline_support/__init__.py", "tests/test_pipeline.py", "tests/synthetic.py"]
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", *checked]
    done = subprocess.run(command, cwd=copy / "out", capture_output=True, text=True, check=False)
    typed = {line.strip() for source in CELLS for line in source.splitlines()}
    found = [(p["code"], p["filename"], p["location"]["row"] - 1) for p in json.loads(done.stdout)]
    shown = [(code, Path(file).read_text().splitlines()[row].strip()) for code, file, row in found]
    # A line of the notebook's own may hold a parameter now.
    own = [(code, line) for code, line in shown if line in typed or "parameters." in line]
    assert [found for found in shown if found not in own] == []


def test_a_changed_parameter_changes_the_result(tmp_path):
    cells = [
        "rate = 0.5\nn_rows = 4\nname = 'it\\'s'\nmost = 1e999",
        "y = [min(most, rate * i) for i in range(n_rows)] + [name]",
    ]
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / "n.ipynb")
    store = tmp_path / ".nbmlops" / "store.db"
    run_notebook(tmp_path / "n.ipynb", store=store)
    exported = export_name("y", tmp_path / "out", store=store)
    assert exported.verdict == "identical"
    assert set(exported.parameters) == {"rate", "n_rows", "name", "most"}
    script = tmp_path / "out" / "pipeline.py"
    assert "(default: 0.5)" in run_python(script, "--help", cwd=tmp_path).stdout
    run_python(script, "--rate", "2", "--n-rows", "2", "--name", "x", cwd=tmp_path)
    assert pickle.loads((tmp_path / "y.pkl").read_bytes()) == [0.0, 2.0, "x"]


def test_what_an_earlier_run_left_is_not_gone_on_from(tmp_path):
    cells = ["with open('log.txt', 'a') as log:\n    log.write('row\\n')", "y = open('log.txt').read()"]
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / "n.ipynb")
    store = tmp_path / ".nbmlops" / "store.db"
    run_notebook(tmp_path / "n.ipynb", store=store)
    exported = export_name("y", tmp_path / "out", store=store)
    assert exported.verdict == "identical"
    script = tmp_path / "out" / "pipeline.py"
    run_python(script, "--workdir", "work", cwd=tmp_path)
    again = run_python(script, "--workdir", "work", cwd=tmp_path, expect=3)
    assert "log.txt' is there already" in again.stderr
    assert "the notebook began without it" in again.stderr
    step = run_python(script, "step", exported.steps[0], "--workdir", "work", cwd=tmp_path, expect=3)
    assert "log.txt' is there already" in step.stderr
    assert (tmp_path / "work" / "log.txt").read_text() == "row\n"
    run_python(script, "--workdir", "other", cwd=tmp_path)
    run_python(script, "--resume", "--workdir", "third", cwd=tmp_path)
    run_python(script, "--resume", "--workdir", "third", cwd=tmp_path)
    for place in ("work", "other", "third"):
        assert pickle.loads((tmp_path / place / "y.pkl").read_bytes()) == "row\n"


class StoppedError(BaseException):
    """What somebody's click on Stop raises where the work asks whether it shall go on."""


@pytest.mark.parametrize("moment", ["while it runs", "when the verdict is there"])
def test_an_export_that_is_stopped_leaves_nothing(copy, moment):
    asked, store = [], copy / ".nbmlops" / "store.db"
    before = sorted(path.name for path in copy.iterdir())

    def check():
        asked.append(moment)
        if moment == "while it runs" and len(asked) == 2:
            raise StoppedError

    def tell(message):
        if message.startswith("verdict"):
            raise StoppedError

    with pytest.raises(StoppedError), watch_work(check):
        export_name("model", copy / "new", store=store, progress=tell if "verdict" in moment else silent)
    assert asked
    assert sorted(path.name for path in copy.iterdir()) == before
    with open_store(store) as opened:
        assert opened.exports.find(copy / "new") is None
