"""One function a verb: which history is meant, what comes out, and what is kept after a failure."""

from __future__ import annotations

import nbformat
import pytest

import nbmlops
from nbmlops.api.executing import run_notebook
from nbmlops.api.experiments import list_runs
from nbmlops.api.exporting import export_name
from nbmlops.api.histories import explain_name, list_history, slice_name
from nbmlops.errors import CaptureError, NbmlopsError, UnknownNameError
from tests.cases.notebook_kernel import open_kernel


def write_notebook(path, *cells):
    made = []
    for source in cells:
        markdown = source.startswith("#")
        made.append((nbformat.v4.new_markdown_cell if markdown else nbformat.v4.new_code_cell)(source))
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with a store in which two notebooks were run, the second of them twice."""
    folder = tmp_path_factory.mktemp("recorded")
    store = folder / ".nbmlops" / "store.db"
    first = write_notebook(
        folder / "first.ipynb", "a = [1]", "# Adding up", "b = sum(a)", "%load_ext nbmlops"
    )
    second = write_notebook(
        folder / "second.ipynb",
        "import os\nplace = os.path.basename(os.getcwd())\nrate = 2",
        "a = rate * 3",
        "c = a + 1",
    )
    run_notebook(first, store=store)
    run_notebook(second, store=store)
    run_notebook(second, parameters={"rate": "5"}, store=store)
    return folder


@pytest.fixture
def store(recorded):
    return recorded / ".nbmlops" / "store.db"


def sources(history):
    return [e.source for e in history.executions]


def test_the_newest_history_that_bound_the_name_is_taken(store):
    assert "b = sum(a)" in sources(list_history(history=slice_name("b", store=store).history, store=store))
    assert "rate = 5" in sources(list_history(store=store))[0]
    assert slice_name("a", store=store).history == list_history(store=store).id


def test_a_history_is_named_by_notebook_id_or_last(recorded, store):
    by_notebook = list_history(notebook=recorded / "first.ipynb", store=store)
    assert sources(by_notebook)[0] == "a = [1]"
    assert list_history(history=by_notebook.id, store=store) == by_notebook
    assert list_history(history="last", store=store) == list_history(store=store)


def test_loading_inside_a_run_records_once(recorded, store):
    history = list_history(notebook=recorded / "first.ipynb", store=store)
    assert sources(history).count("b = sum(a)") == 1
    assert all(e.status == "ok" for e in history.executions)
    assert history.ended is not None


def test_cell_magics_work_in_a_run_that_loads_nothing_itself(tmp_path):
    cells = ("%%step train\nx = 1", "%%private\nhidden = 2", "%nbmlops history --json")
    run_notebook(write_notebook(tmp_path / "plain.ipynb", *cells), store=tmp_path / "plain.db")
    found = list_history(store=tmp_path / "plain.db").executions
    assert [e.status for e in found] == ["ok", "not observed", "ok"]
    assert found[0].step == "train"


def test_runs_are_a_table_in_python(tmp_path):
    cells = (
        "from sklearn.linear_model import Ridge\nX, y = [[1.0], [2.0], [4.0]], [1.0, 2.0, 5.0]",
        "one = Ridge(alpha=0.5).fit(X, y)\nfit_score = one.score(X, y)",
        "two = Ridge().fit(X, y)",
    )
    run_notebook(write_notebook(tmp_path / "ridge.ipynb", *cells), store=tmp_path / "ridge.db")
    found = nbmlops.runs(store=tmp_path / "ridge.db")
    assert list(found["name"]) == ["two", "one"]
    assert found["parameters.alpha"].isna().tolist() == [True, False]
    assert found["metrics.fit_score"].iloc[1] > 0.9
    assert str(found["started"].dtype).startswith("datetime64")
    assert nbmlops.runs("fit_score > 2", store=tmp_path / "ridge.db").empty


def test_headings_name_what_stands_under_them(recorded, store):
    history = list_history(notebook=recorded / "first.ipynb", store=store)
    assert [e.heading for e in history.executions][:2] == [None, "Adding up"]


def test_a_notebook_runs_in_its_folder(recorded, store, tmp_path):
    exported = export_name("place", tmp_path / "out", store=store, prove=False)
    assert exported.statements_kept == 2
    history = list_history(notebook=recorded / "second.ipynb", store=store)
    assert history.directory == str(recorded)


def test_every_statement_is_explained(store):
    found = explain_name("c", store=store)
    assert [e.kept for e in found.explained] == [False, False, True, True, True]
    assert all(e.reasons for e in found.explained)


def test_unknown_histories_and_names(recorded, store):
    with pytest.raises(UnknownNameError, match="no history 'nope'"):
        list_history(history="nope", store=store)
    with pytest.raises(UnknownNameError, match=r"third\.ipynb"):
        list_history(notebook=recorded / "third.ipynb", store=store)
    with pytest.raises(UnknownNameError, match="'rat'"):
        slice_name("rat", store=store)


def test_runs_of_a_store_without_models(store):
    assert list_runs(store=store) == ()


def test_a_missing_store_says_so(tmp_path):
    with pytest.raises(NbmlopsError):
        list_history(store=tmp_path / "no.db")
    assert not (tmp_path / "no.db").exists()


def test_a_run_that_raised_keeps_its_history(tmp_path):
    store = tmp_path / "store.db"
    notebook = write_notebook(tmp_path / "n.ipynb", "x = 1", "x / 0", "y = 2")
    with pytest.raises(CaptureError, match="ZeroDivisionError"):
        run_notebook(notebook, store=store)
    assert [e.status for e in list_history(store=store).executions] == ["ok", "error"]
    history = run_notebook(notebook, allow_errors=True, store=store)
    assert [e.status for e in history.executions] == ["ok", "error", "ok"]


@pytest.mark.parametrize("content", ["", "{}", "not json", '{"cells": 3}', "[]"])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    (tmp_path / "n.ipynb").write_text(content)
    with pytest.raises(CaptureError, match=r"n\.ipynb"):
        run_notebook(tmp_path / "n.ipynb", store=tmp_path / "store.db")


def test_a_parameter_that_nothing_assigns_is_refused(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "x = 1")
    with pytest.raises(CaptureError, match="'y'"):
        run_notebook(notebook, parameters={"y": "1"}, store=tmp_path / "store.db")


def test_after_a_kernel_was_killed_there_is_no_verdict(tmp_path):
    with open_kernel(tmp_path) as kernel:
        kernel.run("%load_ext nbmlops")
        kernel.run("x = [1]\nx.append(2)")
        kernel.kill()
    exported = export_name("x", tmp_path / "out", store=tmp_path / ".nbmlops" / "store.db")
    assert exported.verdict is None
    assert "kernel ended before" in exported.proof.cause


def test_a_live_kernel_means_its_own_history(recorded, store):
    with open_kernel(recorded, {"NBMLOPS_STORE": str(store)}) as kernel:
        kernel.run("%load_ext nbmlops")
        kernel.run("mine = 1")
        run_notebook(recorded / "first.ipynb", store=store)
        found = kernel.ask(
            "import nbmlops.api.histories as _h\n"
            "answer = [e.source for e in _h.list_history().executions]\ndel _h"
        )
    assert found == ["mine = 1"]


def test_runs_cannot_be_sorted_by_what_none_has(recorded, tmp_path):
    cells = (
        "from sklearn.linear_model import Ridge",
        "one = Ridge(alpha=0.5).fit([[1.0], [2.0]], [1.0, 2.0])",
    )
    run_notebook(write_notebook(tmp_path / "one.ipynb", *cells), store=tmp_path / "one.db")
    assert len(list_runs(sort="alpha", store=tmp_path / "one.db")) == 1
    with pytest.raises(UnknownNameError, match="'accuracy' that is a number"):
        list_runs(sort="accuracy", store=tmp_path / "one.db")
