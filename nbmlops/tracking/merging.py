"""Merging: a run that was found several times is one run with all its occurrences."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbmlops.core.run import Run

__all__ = ["EDITION", "merge_runs"]

EDITION = 7
"""Counts the ways in which runs were found: what another one found is found anew."""


def merge_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return each run once with all its occurrences, in the order in which they come first."""
    found: dict[str, Run] = {}
    for run in runs:
        known = found.get(run.id)
        found[run.id] = run if known is None else _merge(known, run)
    return tuple(found.values())


def _merge(known: Run, again: Run) -> Run:
    same = known.history == again.history  # a clock may have been set back, cells are counted
    first, last = sorted((known, again), key=lambda run: (0, run.fitted_at) if same else (run.started, 0))
    metrics = {m.name: m for run in (first, last) for m in run.metrics}
    return dataclasses.replace(
        last,
        started=min(known.started, again.started),
        occurrences=known.occurrences + again.occurrences,
        metrics=tuple(metrics.values()),
        figures=tuple({f.digest: f for run in (first, last) for f in run.figures}.values()),
        executions=tuple(sorted({*known.executions, *again.executions}))
        if known.history == again.history
        else last.executions,
    )
