from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name, prove_export
from nbmlops.core.digest import digest_file
from nbmlops.processes.child import python_command, run_child
from nbmlops.store.opening import open_store
from nbmlops.values.structure import structural_digest

CELLS = (
    "import os\nimport pandas as pd\nfolder = os.getcwd()",
    "rows = pd.read_csv('rows.csv')\nrows['b'] = rows['a'] * 2",
    "model = {'mean': float(rows['b'].mean()), 'placed': len(folder) > 0}",
)
ROWS = "a\n" + "\n".join(map(str, range(40))) + "\n"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with a notebook that was run, its data and its store."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "rows.csv").write_text(ROWS)
    source = ["%load_ext nbmlops", CELLS[0], "%%step load\n" + CELLS[1], "%%step train\n" + CELLS[2]]
    cells = [nbformat.v4.new_code_cell(cell) for cell in source]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "small.ipynb")
    run_notebook(folder / "small.ipynb", store=folder / ".nbmlops" / "store.db")
    return folder


def read_golden(directory: Path) -> dict:
    return json.loads((directory / "tests" / "golden.json").read_text())


def run_tests(directory: Path) -> None:
    command = python_command("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default", isolated=True)
    finished = run_child(command, cwd=directory)
    assert finished.code == 0, finished.output


def test_the_tests_of_an_export_know_what_each_step_makes(recorded):
    exported = export_name("model", recorded / "out", store=recorded / ".nbmlops" / "store.db")
    assert exported.verdict == "identical", exported.proof
    golden = read_golden(recorded / "out")
    assert golden["value"] == exported.proof.expected
    rows = pd.read_csv(recorded / "rows.csv")
    rows["b"] = rows["a"] * 2
    assert golden["steps"]["load"]["rows"] == structural_digest(rows)
    assert all(golden["steps"].values())
    run_tests(recorded / "out")


def test_an_export_that_is_proven_later_learns_it_too(recorded):
    store = recorded / ".nbmlops" / "store.db"
    export_name("model", recorded / "later", prove=False, store=store)
    assert read_golden(recorded / "later")["steps"] == {}
    proof = prove_export(recorded / "later", store=store)
    assert proof.verdict == "identical", proof.cause
    assert "load" in read_golden(recorded / "later")["steps"]
    assert export_name("model", recorded / "later", prove=False, store=store).verdict is None


def test_an_export_that_was_changed_keeps_what_it_expects(recorded):
    store = recorded / ".nbmlops" / "store.db"
    export_name("model", recorded / "changed", prove=False, store=store)
    with (recorded / "changed" / "pipeline.py").open("a") as file:
        file.write("# mine\n")
    assert prove_export(recorded / "changed", store=store).verdict == "identical"
    assert read_golden(recorded / "changed")["steps"] == {}


def test_a_changed_description_of_values_is_told(recorded):
    store = recorded / ".nbmlops" / "store.db"
    export_name("model", recorded / "tampered", prove=False, store=store)
    with (recorded / "tampered" / "tests" / "structure.py").open("a") as file:
        file.write("# mine\n")
    proof = prove_export(recorded / "tampered", store=store)
    assert proof.verdict == "failed"
    assert "'tests/structure.py' was changed" in proof.cause


def test_an_export_of_an_earlier_version_stays_provable(recorded):
    store = recorded / ".nbmlops" / "store.db"
    directory = recorded / "earlier"
    export_name("model", directory, prove=False, store=store)
    copy = directory / "tests" / "structure.py"
    copy.write_text(copy.read_text() + "# as an earlier version wrote it\n")
    with open_store(store, create=False) as opened:
        found = opened.exports.find(directory)
        files = found.files | {"tests/structure.py": digest_file(copy)}
        opened.exports.add(
            directory, found.history, found.target, files, recipe=found.recipe, lines=found.lines
        )
    assert prove_export(directory, store=store).verdict == "identical"


TIMED = (
    "import time\nimport numpy as np\nfrom sklearn.linear_model import LinearRegression",
    "%%step load\nX = np.arange(20.0).reshape(10, 2) ** 2\ny = X[:, 0] * 3",
    "%%step train\nmodel = LinearRegression().fit(X, y)\nmodel.made_at = time.time()",
)


def test_a_model_that_remembers_the_time_is_equivalent(tmp_path):
    cells = [nbformat.v4.new_code_cell(cell) for cell in ("%load_ext nbmlops", *TIMED)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "timed.ipynb")
    store = tmp_path / ".nbmlops" / "store.db"
    run_notebook(tmp_path / "timed.ipynb", store=store)
    exported = export_name("model", tmp_path / "out", store=store)
    assert exported.verdict == "equivalent", exported.proof
    assert "on the 10 rows of 'X'" in exported.proof.compared[-1]
    assert read_golden(tmp_path / "out") == {"value": None, "steps": {}}
    run_tests(tmp_path / "out")
    pipeline = tmp_path / "out" / "pipeline.py"
    pipeline.write_text(pipeline.read_text().replace("time.time()", "time.time() + 1"))
    assert prove_export(tmp_path / "out", store=store).verdict == "different"
