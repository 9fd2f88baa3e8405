"""Figures: one measured line of the table, with what was to be reached."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Figure", "show_table", "time_alternately"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: `measured` and `target` in words, `held` whether the one reaches the other."""

    what: str
    measured: str
    target: str
    held: bool


def time_alternately(actions: Sequence[Callable[[], object]], rounds: int = 15) -> list[float]:
    """Return the median CPU seconds of each action, called in turn `rounds` times after one warm-up."""
    for action in actions:
        action()
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for action, found in zip(actions, times, strict=True):
            began = time.process_time()
            action()
            found.append(time.process_time() - began)
    return [statistics.median(found) for found in times]


def show_table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [("what", "measured", "target", "verdict")]
    rows += [(f.what, f.measured, f.target, "held" if f.held else "OVER") for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)
