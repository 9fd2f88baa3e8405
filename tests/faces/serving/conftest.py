"""A store with a run and a model, and its page."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.store.opening import open_store
from tests.api.test_verbs import write_notebook
from tests.faces.records import VERSION
from tests.faces.serving.offered import Offered

CELLS = (
    "import numpy as np\nfrom sklearn.tree import DecisionTreeClassifier",
    "X = np.random.default_rng(0).normal(size=(60, 3))\ny = (X[:, 0] > 0).astype(int)",
    "for depth in (1, 2, 3):\n    model = DecisionTreeClassifier(max_depth=depth).fit(X, y)\n"
    "    print('accuracy', model.score(X, y))",
)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the store."""
    folder = tmp_path_factory.mktemp("filled")
    store = folder / ".nbmlops" / "store.db"
    run_notebook(write_notebook(folder / "a.ipynb", *CELLS), store=store)
    with open_store(store) as opened:
        history = opened.histories.resolve("last")
        kept = opened.histories.saved_value(history, "model")
        version = dataclasses.replace(VERSION, history=history, artifact=kept.content, pipeline={}, run=None)
        opened.models.add_version(version)
    return store


@pytest.fixture(scope="session")
def offered(filled: Path) -> Iterator[Offered]:
    """The page of that store."""
    started = Offered(filled)
    yield started
    started.stop()
