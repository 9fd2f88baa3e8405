"""A kernel for the tests of magics."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faces.live_kernel import LiveKernel

FIT = """\
import numpy as np
from sklearn.tree import DecisionTreeClassifier
X = np.random.normal(size=(40, 3))
y = (X[:, 0] > 0).astype(int)
model = DecisionTreeClassifier(max_depth=2).fit(X, y)
accuracy = model.score(X, y)
"""


def start_kernel(directory: Path) -> LiveKernel:
    environment = {**os.environ, "NBMLOPS_STORE": str(directory / ".nbmlops" / "store.db")}
    return LiveKernel(directory, environment)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[LiveKernel]:
    """A fresh kernel."""
    started = start_kernel(tmp_path)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKernel]:
    """A recorded kernel with a fitted model, for all tests of a file."""
    started = start_kernel(tmp_path_factory.mktemp("kernel"))
    for cell in ("%load_ext nbmlops", FIT):
        assert started.run(cell).status == "ok"
    yield started
    started.stop()
