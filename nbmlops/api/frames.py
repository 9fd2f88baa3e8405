"""Frames: answers as pandas tables, for those who go on with them in Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbmlops.api.experiments import list_runs

__all__ = ["runs"]


def runs(
    *conditions: str,
    sort: str | None = None,
    ascending: bool = False,
    limit: int = 1000,
    archived: bool = False,
    store: Path | None = None,
) -> Any:
    """Return the runs as a pandas DataFrame, one row each, under their ids.

    Parameters, metrics and tags are columns such as ``parameters.C``, ``metrics.accuracy`` and
    ``tags.team``; a run without one has a missing value there.

    It is asked for, and refuses, as `list_runs` is.
    """
    from nbmlops.values.rows import make_frame

    found = list_runs(conditions, sort, ascending, limit, None, archived, store=store)
    rows: Sequence[dict[str, Any]] = [
        {
            "experiment": run.experiment,
            "model": run.model_type,
            "name": run.model_name,
            "status": run.status,
            "started": run.started,
            "occurrences": run.occurrences,
            **{f"parameters.{name}": value for name, value in run.parameters},
            **{f"metrics.{metric.name}": metric.value for metric in run.metrics},
            **{f"tags.{name}": value for name, value in run.tags},
            "note": run.note,
        }
        for run in found
    ]
    return make_frame(rows, [run.id for run in found], times=("started",))
