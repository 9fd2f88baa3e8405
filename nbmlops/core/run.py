"""Runs: one attempt with its parameters, metrics, data and model, found by lineage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nbmlops.core.said import Figure

__all__ = ["DataUse", "MetricValue", "Run", "RunQuery"]

_SCORING = ("_score", "_error", "_loss", "_deviance")


@dataclass(frozen=True, slots=True)
class DataUse:
    """Data that went into a run."""

    name: str
    digest: str
    rows: int | None = None
    columns: int | None = None


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A number that was computed from a run's model.

    `function` is the scoring function as the notebook called it (``accuracy_score``, ``score``). `points` are
    the numbers that it sums up: of folds, whose mean it is, or in order, whose last it is; `steps` tell where
    each was taken, where that was said.
    """

    name: str
    value: float
    function: str
    execution: int
    points: tuple[float, ...] = ()
    steps: tuple[float, ...] = ()

    @property
    def is_score(self) -> bool:
        """Whether a function gave it that scores answers, or a model's own ``score``."""
        return self.function == "score" or (
            self.function.endswith(_SCORING) and not self.function.startswith("cross_val")
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt: the same code on the same data with the same random state is the same run.

    `executions` are those that its model rests on, `fitted_at` the last of them. `parent` is the run of the
    search that tried it, if one did. `figures` are those of the cells that depend on it, and what was
    logged. `tags`, `note`, `pinned` and `archived` are what people said of it.
    """

    id: str
    experiment: str
    history: str
    model_name: str
    model_type: str
    parameters: tuple[tuple[str, str | int | float | bool | None], ...]
    metrics: tuple[MetricValue, ...]
    data: tuple[DataUse, ...]
    occurrences: int
    status: Literal["finished", "failed", "interrupted"]
    started: str
    executions: tuple[int, ...]
    fitted_at: int = 0
    parent: str | None = None
    figures: tuple[Figure, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    note: str = ""
    pinned: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs are asked for, and in which order: by a metric or parameter, else the newest first.

    `conditions` are filters such as ``accuracy > 0.8``; all of them have to be met. Runs that a search tried
    are asked for by the id of its run, as `parent`.
    """

    conditions: tuple[str, ...] = ()
    experiment: str | None = None
    sort: str | None = None
    descending: bool = True
    limit: int | None = None
    parent: str | None = None
    archived: bool = False
