"""A small notebook on a part of the census data, run, registered and promoted once for several tests."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import nbformat

from nbmlops.api.executing import run_notebook
from nbmlops.core.model import ModelVersion
from nbmlops.lifecycle.registering import register_object
from nbmlops.lifecycle.rowcutting import cut_version
from nbmlops.registry.decisions import decide_version, promote_version
from nbmlops.store.opening import Store, open_store

CENSUS = Path(__file__).parents[2] / "notebooks" / "adult.csv.gz"
ROWS = 2_000
CELLS = (
    "import pandas as pd\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.metrics import accuracy_score\n"
    "from sklearn.model_selection import train_test_split",
    'adult = pd.read_csv("adult.csv")\ndata = adult',
    'data["hours_per_week"] = data["hours_per_week"].replace(99, float("nan"))\n'
    'data["hours_per_week"] = data["hours_per_week"].fillna(data["hours_per_week"].median())',
    'data = data.dropna(subset=["native_country"])',
    'X = pd.get_dummies(data[["age", "education_num", "hours_per_week", "marital_status", "sex"]])\n'
    'y = data["income"]',
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25)",
    "model = LogisticRegression(max_iter=2000)\nmodel.fit(X_train, y_train)",
    "accuracy = accuracy_score(y_test, model.predict(X_test))",
)


def write_rows(place: Path, start: int, stop: int) -> Path:
    """Write some rows of the census data, as they stand there."""
    with gzip.open(CENSUS, "rt", encoding="utf-8") as lines:
        head = next(lines)
        place.write_text(head + "".join(itertools.islice(lines, start, stop)), "utf-8")
    return place


def run_census(folder: Path) -> Path:
    """Run the notebook in a folder and return its store."""
    write_rows(folder / "adult.csv", 0, ROWS)
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "census.ipynb")
    path = folder / ".nbmlops" / "store.db"
    run_notebook(folder / "census.ipynb", store=path)
    return path


def make_champion(path: Path) -> ModelVersion:
    """Register the notebook's model, approve it and make it the champion."""
    with open_store(path) as store:
        history = store.histories.load(store.histories.resolve("last"))
        version = register_object(store, history, "model", "income")
        cut_version(store, version)
        return crown_version(store, version)


def crown_version(store: Store, version: ModelVersion) -> ModelVersion:
    """Approve a version and make it the champion."""
    decide_version(store, version.name, version.version, "approved", by="ann")
    return promote_version(store, version.name, version.version, "champion", by="ann")
