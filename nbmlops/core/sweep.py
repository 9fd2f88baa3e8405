"""Sweeps: what a cell is to be run with, and what came of each run of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Choice",
    "Dimension",
    "Range",
    "SweepChild",
    "SweepReport",
    "SweepRequest",
    "SweepStatus",
    "spell_values",
]

SweepStatus = Literal["finished", "failed", "interrupted"]
"""How a child ended: `interrupted` is one that a pruner stopped."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A name with the values that it may have: what Python literals are."""

    name: str
    values: tuple[Any, ...]

    def spell(self) -> str:
        """Return it as it is typed."""
        return f"{self.name}=[{', '.join(map(repr, self.values))}]"


@dataclass(frozen=True, slots=True)
class Range:
    """A name with the numbers that it may have, both ends included; `log` draws their logarithm evenly."""

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    def spell(self) -> str:
        """Return it as it is typed."""
        word = "int" if self.whole else "log" if self.log else "uniform"
        return f"{self.name}={word}({self.low!r}, {self.high!r})"


Dimension = Choice | Range


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """What is typed behind ``%%sweep``.

    `trials` is None where the whole grid is asked for; `on` is the address of a Dask cluster.
    """

    space: tuple[Dimension, ...]
    metric: str | None = None
    minimize: bool = False
    trials: int | None = None
    sampler: str = "grid"
    pruner: str | None = None
    workers: int = 2
    on: str | None = None
    seed: int = 0
    resume: bool = False


@dataclass(frozen=True, slots=True)
class SweepChild:
    """One run of the cell: its values as they are spelled, and what came of it.

    `history` is that of the child, None where nothing was recorded; `metric` the number that was asked for.
    """

    number: int
    values: tuple[tuple[str, str], ...]
    status: SweepStatus
    metric: float | None = None
    error: str | None = None
    history: str | None = None
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class SweepReport:
    """A sweep and its children, in order; `id` is the run that they are children of.

    `parts` are digests of what it was made of, by what a person calls it; `states` the contents of the
    random streams that all children start from; `total` is how many children there
    are to be, `again` how many of them an earlier attempt had run already. `cell` is the text that runs with
    the best values.
    """

    id: str
    history: str
    execution: int
    experiment: str
    started: str
    space: str
    metric: str | None
    minimize: bool
    total: int
    parts: dict[str, str]
    states: dict[str, str] = field(default_factory=dict)
    children: tuple[SweepChild, ...] = ()
    again: int = 0
    cell: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> SweepStatus:
        """Whether all children ran, and any of them to its end."""
        if len(self.children) < self.total:
            return "interrupted"
        return "finished" if any(c.status == "finished" for c in self.children) else "failed"

    def find_best(self) -> SweepChild | None:
        """Return the finished child with the best metric; the first of several."""
        scored = [c for c in self.children if c.status == "finished" and c.metric is not None]
        scored = [c for c in scored if not math.isnan(c.metric or 0.0)]
        sign = -1.0 if self.minimize else 1.0
        return max(scored, key=lambda c: (sign * (c.metric or 0.0), -c.number), default=None)


def spell_values(values: tuple[tuple[str, str], ...]) -> str:
    """Write the values of a child in one line."""
    return ", ".join(f"{name}={value}" for name, value in values)
