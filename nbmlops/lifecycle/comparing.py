"""Comparing: what is known of a run, and what differs between several of them."""

from __future__ import annotations

import difflib
import math
import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from nbmlops.core.comparison import Comparison, RunDetail, RunDifference, Spread
from nbmlops.core.history import History
from nbmlops.core.learned import Scalar
from nbmlops.core.revision import Revision
from nbmlops.core.run import Run
from nbmlops.core.slice import Slice
from nbmlops.errors import UnknownNameError
from nbmlops.slicing.cutting import cut_slice

__all__ = ["compare_details", "describe_run"]

T = TypeVar("T")
_NAME = re.compile(r"[^\W\d]\w*")


def describe_run(
    run: Run, history: History, alike: Sequence[Run], children: int, revision: Revision | None
) -> RunDetail:
    """Return a run with its code, and the spread of its metrics over those that repeat it.

    `alike` are other runs of the same code with the same parameters; `history` is the run's own.
    """
    code, complete = _find_code(run, history)
    repeats = [run, *(other for other in alike if other.id != run.id)]
    return RunDetail(
        run=run,
        code=code,
        complete=complete,
        spreads=tuple(_spread_metrics(run, repeats)),
        repeats=len(repeats),
        children=children,
        python=history.environment.python,
        packages=history.environment.packages,
        revision=revision,
    )


def _find_code(run: Run, history: History) -> tuple[tuple[str, ...], bool]:
    """Return the slice of a run's model as it was then; of one that nothing holds, the cells it rests on."""
    found = _cut_model(run, history) if run.status == "finished" else None
    if found is not None:
        return tuple(e.statement.source for e in found.explained if e.kept), True
    statements = history.statements()
    return tuple(s.source for s in statements if s.execution in run.executions), False


def _cut_model(run: Run, history: History) -> Slice | None:
    """Return the slice of the name that holds a run's model; None where no name does."""
    name = _NAME.match(run.model_name)
    try:
        return None if name is None else cut_slice(history, name[0], until=run.fitted_at)
    except UnknownNameError:
        return None


def _spread_metrics(run: Run, repeats: Sequence[Run]) -> Iterator[Spread]:
    for metric in run.metrics:
        values = [m.value for other in repeats for m in other.metrics if m.name == metric.name]
        finite = all(map(math.isfinite, values))
        deviation = statistics.stdev(values) if len(values) > 1 and finite else None
        yield Spread(metric.name, statistics.fmean(values), deviation, len(values))


def compare_details(details: Sequence[RunDetail]) -> Comparison:
    """Return what differs between runs; what all of them share is left out, but for the metrics."""
    runs = [detail.run for detail in details]
    first = details[0]
    names = dict.fromkeys(s.name for d in details for s in d.spreads)
    spreads = [{s.name: s for s in d.spreads} for d in details]
    return Comparison(
        runs=tuple(details),
        parameters=tuple(_differ(runs, lambda run: run.parameters)),
        metrics=tuple((name, tuple(found.get(name) for found in spreads)) for name in names),
        data=tuple(_differ(runs, lambda run: ((use.name, use.digest) for use in run.data))),
        environment=tuple(_differ(details, _list_environment)),
        code=tuple(tuple(_diff_code(first, other)) for other in details[1:]),
    )


def _differ(
    things: Sequence[T], pairs: Callable[[T], Iterable[tuple[str, Scalar]]]
) -> Iterator[RunDifference]:
    tables = [dict(pairs(thing)) for thing in things]
    for name in dict.fromkeys(name for table in tables for name in table):
        values = tuple(table.get(name) for table in tables)
        told = {(name in table, type(table.get(name)), repr(table.get(name))) for table in tables}
        if len(told) > 1:
            yield RunDifference(name, values)


def _list_environment(detail: RunDetail) -> Iterator[tuple[str, Scalar]]:
    yield "python", detail.python
    if detail.revision is not None:
        yield "commit", detail.revision.commit
        yield "files changed since", detail.revision.changed
    yield from sorted(detail.packages.items())


def _diff_code(one: RunDetail, other: RunDetail) -> Iterator[str]:
    before, after = ("\n".join(detail.code).splitlines() for detail in (one, other))
    lines = difflib.unified_diff(before, after, one.run.id, other.run.id, lineterm="", n=1)
    yield from lines
