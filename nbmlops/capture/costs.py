"""Costs: which statements were the dearest to record."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

__all__ = ["Cost", "Costs"]

_MOST = 5


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """The `seconds` that recording one statement took; `line` is counted from 1 in its cell."""

    seconds: float
    execution: int
    line: int
    cell: str
    source: str


class Costs:
    """Remembers the dearest statements of a kernel, and no more than these."""

    def __init__(self) -> None:
        self._found: list[Cost] = []

    def note(self, cost: Cost) -> None:
        """Remember a cost if it is among the dearest."""
        if len(self._found) < _MOST:
            heapq.heappush(self._found, cost)
        elif cost.seconds > self._found[0].seconds:
            heapq.heapreplace(self._found, cost)

    def dearest(self) -> tuple[Cost, ...]:
        """Return the dearest, the highest first."""
        return tuple(sorted(self._found, reverse=True))
