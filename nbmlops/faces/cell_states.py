"""Cell states: which cells of a notebook the chosen object needs, and what each held when it ran."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nbmlops.core.history import History
    from nbmlops.core.slice import Explained, Slice

__all__ = ["CellState", "describe_cells", "print_source"]

_Need = Literal["needed", "assumed", "unneeded"]


@dataclass(frozen=True, slots=True)
class CellState:
    """How one cell stands to an object.

    `kept` of its `total` statements are in the slice; `earlier` says that none of them is of its newest
    execution: the object needs what the cell held before.
    """

    need: _Need
    kept: int
    total: int
    earlier: bool = False


def print_source(source: str) -> int:
    """Return the CRC-32 of a cell's text as UTF-8; the sidebar compares it with what stands there now."""
    return zlib.crc32(source.encode("utf-8", "replace"))


def describe_cells(found: Slice, history: History) -> Mapping[str, CellState]:
    """Return how every cell that ran stands to an object, by the notebook's own id of the cell."""
    cells = {execution.number: execution.cell for execution in history.executions}
    newest = {cell: number for number, cell in sorted(cells.items())}
    gathered: dict[str, list[Explained]] = {cell: [] for cell in newest}
    for explained in found.explained:
        cell = cells.get(explained.statement.execution)
        if cell is not None:
            gathered[cell].append(explained)
    return {cell: _describe_cell(every, newest[cell]) for cell, every in gathered.items() if every}


def _describe_cell(every: list[Explained], newest: int) -> CellState:
    kept = [explained for explained in every if explained.kept]
    if not kept:
        return CellState("unneeded", 0, len(every))
    need: _Need = "needed" if any(explained.certain for explained in kept) else "assumed"
    last = any(explained.statement.execution == newest for explained in kept)
    return CellState(need, len(kept), len(every), earlier=not last)
