"""Comparisons: one run with all that is known of it, and what differs between several."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.core.learned import Scalar
from nbmlops.core.revision import Revision
from nbmlops.core.run import Run
from nbmlops.core.snapshot import Difference

__all__ = ["Comparison", "DataChange", "RunDetail", "RunDifference", "Spread"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric over the repeats of a run: the same code, parameters and model, drawn or run again.

    `deviation` is that of the sample, None of a single one.
    """

    name: str
    mean: float
    deviation: float | None
    count: int


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with its code, its repeats, and where it was made.

    `code` are the statements that its model rests on, `cells` the executions that they stand in; `complete`
    says that they are its whole slice. `made_by` are metrics with the line that each came out of.
    `source` is the tracker that it was pulled from, if it was; `chosen` why it is this one, where what was
    asked for is of several.
    """

    run: Run
    code: tuple[str, ...]
    complete: bool
    spreads: tuple[Spread, ...]
    repeats: int
    children: int
    python: str
    packages: dict[str, str]
    revision: Revision | None = None
    made_by: tuple[tuple[str, str], ...] = ()
    cells: tuple[int, ...] = ()
    source: str | None = None
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class RunDifference:
    """A field in which runs differ, with the value of each run in their order (None: it has none)."""

    name: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class DataChange:
    """How the data of a run differs from what the first run had under the same name."""

    run: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between runs.

    `metrics` have one row a metric with the spread of each run's repeats; `code` are unified differences of
    each run's statements against the first run's. `changes` tell of data that is kept what differs in it.
    """

    runs: tuple[RunDetail, ...]
    parameters: tuple[RunDifference, ...]
    metrics: tuple[tuple[str, tuple[Spread | None, ...]], ...]
    data: tuple[RunDifference, ...]
    environment: tuple[RunDifference, ...]
    code: tuple[tuple[str, ...], ...]
    changes: tuple[DataChange, ...] = ()
