"""Drift and comparison: what monitoring and retraining conclude."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ColumnDrift", "Comparison", "DriftReport", "Retrained"]


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """How far one column has moved from the reference.

    `statistic` is the population stability index; `threshold` what it was held against. `expected` are the
    shares of its bins in the reference, `counts` what fell into each lately, `labels` their names.
    """

    column: str
    statistic: float
    threshold: float
    drifted: bool
    message: str
    labels: tuple[str, ...] = ()
    expected: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What the predictions since `since` look like beside the reference.

    `unread` counts the lines of the log that are no predictions, cut off or foreign.
    """

    model: str
    version: int
    rows: int
    since: str | None
    until: str | None
    columns: tuple[ColumnDrift, ...]
    prediction: ColumnDrift | None = None
    unread: int = 0

    @property
    def drifting(self) -> tuple[str, ...]:
        """The names of the columns that have drifted, the farthest first."""
        found = sorted((c for c in self.columns if c.drifted), key=lambda c: -c.statistic)
        return tuple(c.column for c in found)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate beside the champion on the same held-back rows.

    `lower` and `upper` bound the difference candidate - champion at 95%, by a paired bootstrap.
    """

    metric: str
    rows: int
    champion: float
    candidate: float
    difference: float
    lower: float
    upper: float
    resamples: int


@dataclass(frozen=True, slots=True)
class Retrained:
    """The outcome of a retraining."""

    model: str
    champion: int
    candidate: int
    comparison: Comparison
    rows: int
    excluded: int
    held_back: int
    margin: float
    decision: Literal["promoted", "awaits approval", "not better"]
