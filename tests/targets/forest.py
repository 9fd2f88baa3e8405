"""A notebook in three steps whose forest grows on several threads, run once for all targets."""

from __future__ import annotations

from pathlib import Path

import nbformat

from nbmlops.api.executing import run_notebook
from tests.lifecycle.census_model import write_rows

ROWS = 1_500
CELLS = (
    "# Reading",
    'import pandas as pd\nadult = pd.read_csv("adult.csv")',
    "# Cleaning",
    'data = adult.dropna(subset=["native_country"])\n'
    'X = pd.get_dummies(data[["age", "education_num", "hours_per_week", "sex"]])\ny = data["income"]',
    "# A forest",
    "from sklearn.ensemble import RandomForestClassifier\n"
    "n_trees = 12\n"
    "model = RandomForestClassifier(n_estimators=n_trees, n_jobs=2)\n"
    "model.fit(X, y)",
)


def run_forest(folder: Path) -> Path:
    """Run the notebook in a folder and return its store."""
    (folder / "pyproject.toml").touch()
    write_rows(folder / "adult.csv", 0, ROWS)
    new = nbformat.v4
    cells = [new.new_markdown_cell(c) if c.startswith("# ") else new.new_code_cell(c) for c in CELLS]
    nbformat.write(new.new_notebook(cells=cells), folder / "forest.ipynb")
    store = folder / ".nbmlops" / "store.db"
    run_notebook(folder / "forest.ipynb", store=store)
    return store
