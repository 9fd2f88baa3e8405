"""Peers: what LineaPy, ipyflow and nbmlops add to a cell, each beside plain IPython of its own environment.

Run by `make bench-peers`, which makes the environments; the arguments are pairs `TOOL=PYTHON`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from nbmlops.core.quickstart import locate_quickstart
from tests.benchmarks.cells import FOREST, LINEAR, PANDAS, PREPARE
from tests.benchmarks.shells import Pair, Shells, open_shells

_LOOP = "total = 0\nfor i in range(100_000):\n    total += i"
_CELLS: Mapping[str, tuple[str, int]] = {
    "tight loop of 100,000": (_LOOP, 3),
    "trivial cell": ("a = 1", 41),
    "pandas cell": (PANDAS, 9),
    "scikit-learn cell, linear": (LINEAR, 7),
    "scikit-learn cell, forest": (FOREST, 7),
}


def _measure(folder: Path, tool: str, python: str) -> dict[str, str]:
    kind = "recorded" if tool == "nbmlops" else tool
    with open_shells(folder, kind, python) as shells:
        shells.prepare(PREPARE.format(path=str(locate_quickstart() / "adult.csv.gz")))
        return {what: _try_cell(shells, source, pairs) for what, (source, pairs) in _CELLS.items()}


def _try_cell(shells: Shells, source: str, pairs: int) -> str:
    try:
        pair = shells.compare(source, pairs)
    except RuntimeError as problem:
        return f"raised {str(problem).splitlines()[-1][:60]}"
    return _spell_pair(pair)


def _spell_pair(pair: Pair) -> str:
    return f"{pair.ratio:.2f}x, +{pair.added * 1e3:.1f} ms"


def _show(table: Mapping[str, Mapping[str, str]], write: Callable[[str], object]) -> None:
    write(f"| cell | {' | '.join(table)} |")
    write("|---" * (len(table) + 1) + "|")
    for what in _CELLS:
        write(f"| {what} | {' | '.join(found[what] for found in table.values())} |")


def main() -> None:
    """Measure each tool in turn, and print one table."""
    with tempfile.TemporaryDirectory(prefix="nbmlops-peers-") as name:
        table = {
            tool: _measure(Path(name), tool, python)
            for tool, _, python in (argument.partition("=") for argument in sys.argv[1:])
        }
    _show(table, lambda line: sys.stdout.write(f"{line}\n"))


if __name__ == "__main__":
    main()
