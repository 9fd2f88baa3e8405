"""A notebook that was run, a model that was registered, and copies of both to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.bad_input.desk import Desk

CELLS = [
    "import pandas as pd\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.metrics import accuracy_score\n"
    "from sklearn.model_selection import train_test_split",
    "people = pd.read_csv('people.csv')",
    "X = pd.get_dummies(people.drop(columns='label'))\ny = people['label']",
    "X_train, X_test, y_train, y_test = train_test_split(X, y)",
    "unfitted = LogisticRegression()\nmodel = LogisticRegression(max_iter=500)\nmodel.fit(X_train, y_train)",
    "accuracy = accuracy_score(y_test, model.predict(X_test))",
    "def helper(a):\n    return a + 1\nnumber = 3\ngone = 4\ndel gone",
]


def make_people(rows: int, seed: int) -> pd.DataFrame:
    """Return made-up people with a label that can be learned."""
    dice = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": dice.integers(18, 80, rows),
            "hours": dice.normal(40, 9, rows).round(2),
            "kind": dice.choice(list("abc"), rows),
        }
    )
    frame["label"] = np.where(frame.age + frame.hours + dice.normal(0, 5, rows) > 88, "yes", "no")
    return frame


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A folder whose notebook was run, with a champion that was registered from it."""
    folder = tmp_path_factory.mktemp("desk")
    desk = Desk(folder, folder / ".nbmlops" / "store.db")
    make_people(600, 0).to_csv(folder / "people.csv", index=False)
    desk.write_notebook("fit.ipynb", CELLS)
    for line in (
        "run fit.ipynb",
        "register model --as income",
        "approve income 1",
        "promote income 1 champion",
        "register model --as spare",
    ):
        done = desk.type(*line.split())
        assert done.code == 0, done.errors
    return desk


@pytest.fixture
def spoiled(stocked: Desk, tmp_path: Path) -> Desk:
    """A copy of the stocked folder for a test to spoil; its notebook's input stays where it was read."""
    shutil.copytree(stocked.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk", tmp_path / "desk" / ".nbmlops" / "store.db")
