"""Starting: what `%load_ext nbmlops` costs in a kernel that has pandas and scikit-learn already."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.shells import open_side

__all__ = ["measure_start"]

_TIMES = 15


def measure_start(folder: Path) -> Iterator[Figure]:
    """Yield the CPU seconds of `%load_ext nbmlops`, with a store that is there."""
    with open_side("loads", folder) as side:
        side.ask("the first makes the store")
        seconds = statistics.median(side.ask("again") for _ in range(_TIMES))
    yield Figure(
        "%load_ext nbmlops, pandas and sklearn loaded", f"{seconds:.3f} s CPU", "<= 0.1 s CPU", seconds <= 0.1
    )
