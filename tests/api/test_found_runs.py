"""Which run is meant by a name, a type, or an object that a search left; and by names that no run has."""

from __future__ import annotations

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.experiments import list_runs, mark_run, show_run
from nbmlops.errors import UnknownNameError

CELLS = [
    "from sklearn.linear_model import Ridge\nfrom sklearn.model_selection import GridSearchCV\n"
    "X, y = [[float(i)] for i in range(12)], list(range(12))",
    "first = Ridge(alpha=0.5).fit(X, y)\nr2 = first.score(X, y)",
    "second = Ridge(alpha=2.0).fit(X, y)",
    "grid = GridSearchCV(Ridge(), {'alpha': [0.1, 1.0]}, cv=2).fit(X, y)\nbest = grid.best_estimator_",
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("found")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbformat.write(notebook, folder / "work.ipynb")
    run_notebook(folder / "work.ipynb", store=folder / "s.db")
    return folder / "s.db"


def test_a_type_is_the_newest_run_of_it_and_the_others_are_named(store):
    found = show_run("ridge", store=store)
    assert found.run.model_name == "second"
    assert found.chosen.startswith("the newest of 2 runs whose model is of the type 'Ridge'; before it: ")
    assert found.chosen.endswith(show_run("first", store=store).run.id)
    assert (
        show_run("GridSearchCV", store=store).chosen
        == "the one run whose model is of the type 'GridSearchCV'"
    )


def test_an_object_is_the_run_that_fitted_it(store):
    found = show_run("best", store=store)
    assert found.run.model_name == "grid"
    assert found.chosen == f"'best' is what run {found.run.id} fitted as 'grid'"
    assert show_run("first", store=store).chosen == ""


def test_what_is_no_model_is_no_run(store):
    for text in ("X", "r2d2", ""):
        with pytest.raises(UnknownNameError, match="There is no run"):
            show_run(text, store=store)


def test_nothing_is_said_of_a_run_that_only_its_type_tells(store):
    with pytest.raises(UnknownNameError, match="There is no run 'Ridge'"):
        mark_run("Ridge", note="which one?", store=store)


def test_a_name_that_no_run_has_is_refused(store):
    with pytest.raises(UnknownNameError, match="Did you mean 'alpha'"):
        list_runs(["alhpa < 1"], store=store)
    with pytest.raises(UnknownNameError, match="Did you mean 'alpha'"):
        list_runs(sort="alpa", store=store)
    assert list_runs(["alpha > 9"], store=store) == ()
