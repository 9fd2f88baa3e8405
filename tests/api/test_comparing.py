"""Comparing runs whose data differs: which rows and columns, where the store has both."""

from __future__ import annotations

import shutil

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.experiments import compare_runs, list_runs
from nbmlops.api.housekeeping import forget_content
from nbmlops.faces.contract import shape_comparison
from nbmlops.faces.show_runs import show_comparison
from nbmlops.faces.text import render_text

FIT = "model = LogisticRegression().fit(df, y)\nacc = model.score(df, y)"
CELLS = (
    "import pandas as pd\nimport numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
    "rng = np.random.default_rng(0)\ndf = pd.DataFrame(rng.normal(size=(300, 2)), columns=['a', 'b'])\n"
    "y = (df.a > 0).astype(int)",
    FIT,
    "%nbmlops snapshot df",
    "df = df.assign(c=1.0)\ndf.loc[:9, 'b'] = 0.0",
    FIT,
    "%nbmlops snapshot df",
    "y = 1 - y",
    FIT,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparing")
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "n.ipynb")
    run_notebook(folder / "n.ipynb", store=folder / "store.db")
    return folder / "store.db"


def test_the_rows_and_columns_that_differ_are_named(store):
    last, second, first = (run.id for run in list_runs(store=store))
    found = compare_runs([first, second], store=store)
    (change,) = found.changes
    told = {c.name: (c.change, c.cells) for c in change.difference.columns}
    assert told == {"a": ("same", 0), "b": ("changed", 10), "c": ("added", None)}
    text = " ".join(render_text(show_comparison(found)).split())
    assert f"{second}: 'df': 10 rows new, 10 gone; new columns: c; columns changed: b (10 values)" in text
    assert shape_comparison(found)["changes"][0]["run"] == second
    assert last not in text


def test_what_is_not_kept_any_more_is_said(store, tmp_path):
    shutil.copy(store, tmp_path / "store.db")
    forget_content("df", store=tmp_path / "store.db")
    _, second, first = (run.id for run in list_runs(store=store))
    found = compare_runs([first, second], store=tmp_path / "store.db")
    assert found.changes == ()
    text = " ".join(render_text(show_comparison(found)).split())
    assert "what differs in 'df' cannot be said" in text
