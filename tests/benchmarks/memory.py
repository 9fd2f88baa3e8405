"""Memory: the most that a process took for a frame of one gigabyte, recorded and plain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.shells import Side, open_side

__all__ = ["measure_memory"]

_NUMBERS = """
import numpy as np
import pandas as pd
frame = pd.DataFrame(np.random.default_rng(0).random((5_600_000, 24)))
"""
_TEXT = """
import numpy as np
import pandas as pd
words = np.array([f"word number {i}" for i in range(2_000_000)], dtype=object)
frame = pd.DataFrame({f"text {i}": np.roll(words, i) for i in range(50)})
"""
_WORK = """
frame.shape
means = frame.iloc[:1000].describe()
frame.isna().sum().sum()
part = frame.iloc[:10]
"""
_TELL = """
import resource
with open({path!r}, "w") as told:
    told.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
"""


def measure_memory(folder: Path) -> Iterator[Figure]:
    """Yield a figure for numbers and one for text."""
    for what, source in (("numbers", _NUMBERS), ("text", _TEXT)):
        peaks: dict[str, float] = {}
        for kind in ("plain", "recorded"):
            with open_side(kind, folder) as side:
                peaks[kind] = _take_peak(side, source, folder / f"peak-{kind}")
        ratio = peaks["recorded"] / peaks["plain"]
        yield Figure(
            f"memory for 1 GB of {what} in a frame",
            f"{ratio:.3f}x plain ({peaks['plain'] / 2**20:.2f} GB)",
            "<= 1.05x",
            ratio <= 1.05,
        )


def _take_peak(side: Side, source: str, path: Path) -> float:
    """Run the cells on one side; return the most memory that the process had, in KiB."""
    for cell in (source, _WORK, _TELL.format(path=str(path))):
        side.ask(cell)
    return float(path.read_text())
