"""What a history left is made again: which values stand, which do not, from which cell on, and why."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import prove_export
from nbmlops.api.rescuing import rescue_file
from nbmlops.core.standing import Rescue, Standing
from nbmlops.errors import CaptureError, ExportError, UsageError
from nbmlops.store.opening import open_store

TROUBLED = (
    "import time\nfrom pathlib import Path\nimport pandas as pd",
    "rows = pd.read_csv('rows.csv')",
    "started = time.time()",
    "later = started + 1\nlist_of = [1, 2]",
    "list_of.append(no_such_name)",
    "canary = Path.cwd().parent / 'canary-of-the-survey'\ncanary.write_text('x')\n"
    "after = 1\nreached = canary.exists()\ndel canary",
    "numbers = (i for i in range(3))",
    "total = rows.a.sum()\nprint(total)",
)

MODELS = (
    "from sklearn.datasets import load_iris\nfrom sklearn.dummy import DummyClassifier\n"
    "from sklearn.tree import DecisionTreeClassifier\nfrom sklearn.metrics import accuracy_score",
    "X, y = load_iris(return_X_y=True)",
    "good = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)",
    "good_score = accuracy_score(y, good.predict(X))\ngood_score",
    "poor = DummyClassifier().fit(X, y)",
    "poor_score = accuracy_score(y, poor.predict(X))\npoor_score",
)


def write_notebook(folder: Path, cells: tuple[str, ...], outputs: dict[int, str] | None = None) -> Path:
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    for number, text in (outputs or {}).items():
        made[number].outputs = [nbformat.v4.new_output("execute_result", {"text/plain": text})]
    path = folder / "work.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    folder = tmp_path_factory.mktemp("troubled")
    (folder / "rows.csv").write_text("a\n1\n2\n")
    store = folder / ".nbmlops" / "store.db"
    run_notebook(write_notebook(folder, TROUBLED), allow_errors=True, store=store)
    (folder / "rows.csv").unlink()
    canary = folder.parent / "canary-of-the-survey"
    canary.unlink()
    found = prove_export(store=store)
    assert isinstance(found, Standing)
    assert not canary.exists()
    return found


def verdicts(found: Standing) -> dict[str, str | None]:
    return {name.name: name.verdict for name in found.names}


def test_each_name_has_its_verdict(troubled: Standing) -> None:
    assert verdicts(troubled) == {
        "rows": "identical",
        "started": "different",
        "later": "different",
        "list_of": "identical",
        "after": "identical",
        "reached": "failed",
        "numbers": None,
        "total": "identical",
    }
    assert not troubled.stands


def test_the_first_cell_from_which_on_it_parts_is_named(troubled: Standing) -> None:
    assert troubled.since == 3
    by_name = {name.name: name for name in troubled.names}
    assert "clock" in (by_name["started"].cause or "")
    assert "'started'" in (by_name["later"].cause or "")
    assert by_name["later"].since == 3
    assert "side effect" in (by_name["reached"].cause or "")
    assert by_name["reached"].since == 6
    assert "use it up" in (by_name["numbers"].cause or "")


def test_an_input_that_is_gone_is_said_aloud(troubled: Standing) -> None:
    assert any("rows.csv" in note and "no longer" in note for note in troubled.notes)


def test_what_is_allowed_is_let_through(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    target = tmp_path / "out.txt"
    cell = (
        f"from pathlib import Path\np = Path({str(target)!r})\np.write_text('x')\nthere = p.exists()\ndel p"
    )
    run_notebook(write_notebook(tmp_path, (cell,)), store=store)
    refused = prove_export(store=store)
    allowed = prove_export(store=store, allow=(f"write:{target}",))
    assert isinstance(refused, Standing)
    assert isinstance(allowed, Standing)
    assert verdicts(refused) == {"there": "failed"}
    assert verdicts(allowed) == {"there": "identical"}


def test_nothing_is_nothing_that_stands(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    run_notebook(write_notebook(tmp_path, ("import os",)), store=store)
    found = prove_export(store=store)
    assert isinstance(found, Standing)
    assert (found.names, found.stands) == ((), False)


@pytest.mark.parametrize(
    "asked", [{"clean_env": True}, {"directory": Path("out"), "history": "last"}], ids=["clean", "history"]
)
def test_what_does_not_go_together(asked: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        prove_export(**asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rescued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rescue]:
    folder = tmp_path_factory.mktemp("rescued")
    (folder / "pyproject.toml").touch()
    saved = {3: "0.9599999", 5: "0.3333333333333333"}
    notebook = write_notebook(folder, (*MODELS, "1 / 0"), saved)
    before = notebook.read_bytes()
    found = rescue_file(notebook, folder / "out", store=folder / "store.db")
    assert notebook.read_bytes() == before
    return folder, found


def test_the_best_model_is_exported(rescued: tuple[Path, Rescue]) -> None:
    folder, found = rescued
    assert found.exported is not None
    assert (found.exported.target, found.exported.verdict) == ("good", "identical")
    assert found.best == "'good' is exported: the best of 2 by accuracy_score, 0.96."
    assert json.loads((folder / "out" / "proof.json").read_text())["proof"]["verdict"] == "identical"


def test_outputs_that_are_others_now_are_named(rescued: tuple[Path, Rescue]) -> None:
    _, found = rescued
    assert found.outputs == 2
    assert [(c.cell, c.before, c.now) for c in found.changes] == [(4, "0.9599999", "0.96")]


def test_cells_that_raise_are_named(rescued: tuple[Path, Rescue]) -> None:
    _, found = rescued
    assert found.failed == ("cell [7] raises ZeroDivisionError: division by zero",)


def test_the_lowest_error_is_best(tmp_path: Path) -> None:
    cells = (
        "import numpy as np\nfrom sklearn.dummy import DummyRegressor\n"
        "from sklearn.linear_model import LinearRegression\nfrom sklearn.metrics import mean_squared_error",
        "x = np.arange(20.0).reshape(-1, 1)\ny = x.ravel() * 2",
        "line = LinearRegression().fit(x, y)\nline_error = mean_squared_error(y, line.predict(x))",
        "flat = DummyRegressor().fit(x, y)\nflat_error = mean_squared_error(y, flat.predict(x))",
    )
    found = rescue_file(write_notebook(tmp_path, cells), tmp_path / "out", store=tmp_path / "store.db")
    assert found.exported is not None
    assert found.exported.target == "line"


def test_the_machine_that_its_numbers_follow_from_is_recorded(rescued: tuple[Path, Rescue]) -> None:
    folder, found = rescued
    with open_store(folder / "store.db", create=False) as store:
        machine = store.histories.header(found.standing.history).environment.machine
    assert found.exported is not None
    assert found.exported.proof is not None
    assert machine == found.exported.proof.machine


def test_without_a_model_nothing_is_exported(tmp_path: Path) -> None:
    found = rescue_file(write_notebook(tmp_path, ("n = 1",)), tmp_path / "out", store=tmp_path / "store.db")
    assert found.exported is None
    assert "no fitted model" in (found.best or "")
    assert not (tmp_path / "out").exists()


def test_what_is_no_notebook_leaves_no_history(tmp_path: Path) -> None:
    (tmp_path / "work.ipynb").write_text("{}")
    with pytest.raises(CaptureError, match="no notebook"):
        rescue_file(tmp_path / "work.ipynb", store=tmp_path / "store.db")
    with open_store(tmp_path / "store.db") as store:
        assert store.histories.list_headers() == ()


def test_a_directory_of_somebodys_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="left alone"):
        rescue_file(write_notebook(tmp_path, MODELS[:3]), tmp_path / "out", store=tmp_path / "store.db")
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
