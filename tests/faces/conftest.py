"""A kernel for the tests of magics."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faces.live_kernel import LiveKernel


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[LiveKernel]:
    environment = {**os.environ, "NBMLOPS_STORE": str(tmp_path / ".nbmlops" / "store.db")}
    started = LiveKernel(tmp_path, environment)
    yield started
    started.stop()
