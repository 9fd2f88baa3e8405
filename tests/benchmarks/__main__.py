"""Benchmarks: what recording costs, side by side with plain tools in one run (`make bench`)."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.benchmarks.cells import measure_cells
from tests.benchmarks.figures import show_table
from tests.benchmarks.fingerprints import measure_fingerprints
from tests.benchmarks.memory import measure_memory
from tests.benchmarks.opening import measure_opening
from tests.benchmarks.panel import measure_panel
from tests.benchmarks.quickstart import measure_quickstart
from tests.benchmarks.snapshots import measure_runs, measure_snapshots
from tests.benchmarks.starting import measure_start
from tests.benchmarks.storing import measure_storing
from tests.benchmarks.verbs import measure_verbs


def main() -> None:
    """Measure everything and print one table."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="nbmlops-bench-") as name:
        folder = Path(name)
        figures = [
            *measure_cells(folder),
            *measure_start(folder),
            *measure_quickstart(folder),
            *measure_fingerprints(),
            *measure_storing(folder),
            *measure_snapshots(folder),
            *measure_runs(folder),
            *measure_panel(folder),
            *measure_verbs(folder),
            *measure_opening(folder),
            *measure_memory(folder),
        ]
    print(show_table(figures))
    print(f"CPU time, medians of pairs taken in turn; {time.perf_counter() - began:.0f} s in all.")


if __name__ == "__main__":
    main()
