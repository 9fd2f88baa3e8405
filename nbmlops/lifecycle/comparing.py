"""Comparing: what is known of a run, and what differs between several of them."""

from __future__ import annotations

import difflib
import math
import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from nbmlops.core.comparison import Comparison, DataChange, RunDetail, RunDifference, Spread
from nbmlops.core.history import Execution, History, Statement
from nbmlops.core.learned import Scalar
from nbmlops.core.resource import Resource
from nbmlops.core.revision import Revision
from nbmlops.core.run import Run
from nbmlops.core.slice import Slice
from nbmlops.core.snapshot import Snapshot
from nbmlops.errors import UnknownNameError
from nbmlops.lifecycle.snapshots import compare_snapshots, find_snapshot
from nbmlops.slicing.cutting import cut_slice
from nbmlops.store.opening import Store

__all__ = ["compare_data", "compare_details", "describe_run"]

T = TypeVar("T")
_NAME = re.compile(r"[^\W\d]\w*")


def describe_run(
    run: Run, history: History, alike: Sequence[Run], children: int, revision: Revision | None
) -> RunDetail:
    """Return a run with its code, and the spread of its metrics over those that repeat it.

    `alike` are other runs of the same code with the same parameters; `history` is the run's own.
    """
    statements, complete = _find_code(run, history)
    repeats = [run, *(other for other in alike if other.id != run.id)]
    return RunDetail(
        run=run,
        code=tuple(s.source for s in statements),
        complete=complete,
        spreads=tuple(_spread_metrics(run, repeats)),
        repeats=len(repeats),
        children=children,
        python=history.environment.python,
        packages=history.environment.packages,
        revision=revision,
        made_by=tuple(_list_makers(run, history)),
        cells=tuple(s.execution for s in statements),
    )


def _list_makers(run: Run, history: History) -> Iterator[tuple[str, str]]:
    """Yield the metrics with the statement that each came out of, where it is told apart in its cell."""
    cells = {e.number: e.statements for e in history.executions}
    for metric in run.metrics:
        whole = metric.name.partition(".")[0]
        found = [s for s in cells.get(metric.execution, ()) if whole in _list_labels(s)]
        if found:
            lines = [line for line in found[-1].source.splitlines() if whole in line] or [found[-1].source]
            yield metric.name, lines[0].strip()


def _list_labels(statement: Statement) -> set[str]:
    learned = statement.learned
    told = {m.label or m.function or "" for m in learned.measures} if learned else set()
    told |= {m.function or "" for m in learned.measures} if learned else set()
    said = {s.name for s in learned.said} if learned else set()
    bound = {e.resource.key for e in statement.effects if e.change in ("bound", "changed")}
    return told | said | bound


def _find_code(run: Run, history: History) -> tuple[tuple[Statement, ...], bool]:
    """Return the slice of a run's model as it was then; of one that nothing holds, the cells it rests on."""
    found = _cut_model(run, history) if run.status == "finished" else None
    if found is not None:
        return tuple(e.statement for e in found.explained if e.kept), True
    return tuple(s for s in history.statements() if s.execution in run.executions), False


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


def compare_details(details: Sequence[RunDetail], changes: Iterable[DataChange] = ()) -> Comparison:
    """Return what differs between runs; what all of them share is left out, but for the metrics.

    `changes` are differences in their data, as `compare_data` tells them.
    """
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
        changes=tuple(changes),
    )


def compare_data(store: Store, runs: Sequence[Run]) -> Iterator[DataChange]:
    """Yield what differs in the data that the first run and another one have under the same name.

    Data of which one side is not kept as it was is passed over: its digest tells that it differs.
    """
    first, *others = runs
    own = {use.name: use.digest for use in first.data}
    for other in others:
        for use in other.data:
            if own.get(use.name, use.digest) == use.digest:
                continue
            before = _find_data(store, first, use.name, own[use.name])
            after = _find_data(store, other, use.name, use.digest)
            if before is not None and after is not None:
                yield DataChange(other.id, compare_snapshots(store, before, after))


def _find_data(store: Store, run: Run, name: str, digest: str) -> Snapshot | None:
    try:
        history = store.histories.load(run.history)
        found = find_snapshot(store, history, f"{name}@{run.fitted_at}")
    except UnknownNameError:  # not kept, or the history was forgotten
        return None
    is_file = found.value.content == digest
    return found if is_file or _lasts(history.executions, run.fitted_at, name, digest) else None


def _lasts(executions: Iterable[Execution], number: int, name: str, digest: str) -> bool:
    """Say whether a table that a fit used was still the same when the fit's cell ended."""
    seen = False
    for statement in (s for e in executions if e.number == number for s in e.statements):
        if any(effect.resource == Resource("name", name) for effect in statement.effects):
            seen = False
        learned = statement.learned.tables if statement.learned else ()
        seen = seen or any((table.name, table.fingerprint) == (name, digest) for table in learned)
    return seen


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
