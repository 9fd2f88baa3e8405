"""Experiments: the runs that the histories amount to, what is known of each, and what people say of them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import choose_history, read_new, use_store
from nbmlops.core.clock import now
from nbmlops.core.run import Run, RunQuery
from nbmlops.errors import UnknownNameError, UsageError
from nbmlops.store.filters import quote_text
from nbmlops.store.naming import check_names, suggest_close, suggest_names
from nbmlops.tracking.merging import merge_runs

if TYPE_CHECKING:
    from nbmlops.core.comparison import Comparison, RunDetail
    from nbmlops.store.opening import Store

__all__ = ["compare_runs", "list_runs", "mark_run", "show_run"]

_MOST_ALIKE = 1000
_MOST_NAMED = 5


def list_runs(
    conditions: Sequence[str] = (),
    sort: str | None = None,
    ascending: bool = False,
    limit: int = 100,
    of: str | None = None,
    archived: bool = False,
    columns: Sequence[str] = (),
    store: Path | None = None,
) -> tuple[Run, ...]:
    """Return the runs of every history in the store, the newest first.

    A run is one fitted model with the parameters, metrics and data that belong to it by lineage;
    the same code on the same data with the same random state is one run with more occurrences.

    Parameters
    ----------
    conditions
        What a run has to be, such as ``accuracy > 0.8 and model = SVC``; all of them.
    sort
        A metric or a parameter to sort by, the largest first; runs without it are left out.
    ascending
        The smallest first.
    limit
        The most runs to return.
    of
        The run of a search: what it tried is returned.
    archived
        Return archived runs too.
    columns
        The parameters and metrics to return of each, in this order; none: all.

    Raises
    ------
    UsageError
        If a condition does not parse: the message shows where.
    UnknownNameError
        If no run has what it is to be sorted by, or a column; or if none is found and no run at all has
        something of a name that a condition asks for.
    """
    if limit < 1:
        raise UsageError(f"{limit} runs cannot be listed.", "Give a number from 1 on.")
    with use_store(store) as opened:
        read_new(opened)
        parent = None if of is None else _find_run(opened, of).id
        query = RunQuery(tuple(conditions or ()), None, sort, not ascending, limit, parent, archived)
        found = merge_runs(opened.runs.search(query))
        if not found:
            check_names(opened.runs, conditions or ())
        if sort is not None and not found and not opened.runs.knows_number(sort):
            raise UnknownNameError(
                f"No run has a metric or a parameter '{sort}' that is a number.",
                suggest_names(opened.runs, sort),
            )
        return _choose_columns(found, columns) if columns and found else found


def _choose_columns(runs: Sequence[Run], names: Sequence[str]) -> tuple[Run, ...]:
    """Return runs with some of their parameters and metrics."""
    known = {name for run in runs for name, _ in run.parameters} | {m.name for r in runs for m in r.metrics}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownNameError(
            f"None of these runs has a parameter or metric '{unknown[0]}'.", suggest_close(unknown[0], known)
        )
    order = {name: at for at, name in enumerate(names)}
    return tuple(
        dataclasses.replace(
            run,
            parameters=tuple(sorted((p for p in run.parameters if p[0] in order), key=lambda p: order[p[0]])),
            metrics=tuple(sorted((m for m in run.metrics if m.name in order), key=lambda m: order[m.name])),
        )
        for run in runs
    )


def show_run(run: str, figures: Path | None = None, store: Path | None = None) -> RunDetail:
    """Return all that is known of a run: its code, its repeats, and where it was made.

    Parameters
    ----------
    run
        The id of a run or its beginning; or the name of a model, a metric, a number as it was shown, or the
        file of a figure: then the newest run that it is of; else the type of a model, or an object's name.
    figures
        A folder to write its figures to.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    UsageError
        If the folder holds other files of these names.
    """
    with use_store(store) as opened:
        read_new(opened)
        found, chosen = _find_alike(opened, run)
        if figures is not None:
            from nbmlops.lifecycle.picturing import write_figures

            write_figures(opened, found, figures)
        return dataclasses.replace(_describe(opened, found), chosen=chosen)


def compare_runs(runs: Sequence[str], store: Path | None = None) -> Comparison:
    """Return what differs between runs: parameters, metrics with their spread, code, data, environment.

    Parameters
    ----------
    runs
        Two runs or more, by their ids or as in `show_run`.

    Raises
    ------
    UnknownNameError
        If one of them does not exist.
    UsageError
        If they are fewer than two.
    """
    from nbmlops.lifecycle.comparing import compare_data, compare_details

    if len(runs) < 2:
        raise UsageError("One run cannot be compared.", "Give two or more; list them: `nbmlops runs`.")
    with use_store(store) as opened:
        read_new(opened)
        found = [_find_run(opened, one) for one in runs]
        changes = compare_data(opened, found)
        return compare_details([_describe(opened, one) for one in found], changes)


def mark_run(
    run: str,
    note: str | None = None,
    tags: Sequence[tuple[str, str]] = (),
    untag: Sequence[str] = (),
    pin: bool = False,
    unpin: bool = False,
    archive: bool = False,
    unarchive: bool = False,
    store: Path | None = None,
) -> Run:
    """Say something of a run: a note, tags, that it is pinned, that it is archived; return it.

    What is said never changes what was recorded, and can be taken back.

    Parameters
    ----------
    run
        The run, as in `show_run`.
    note
        A text; an empty one takes the note back.
    tags
        Names with values.
    untag
        Names of tags to take back.
    pin, unpin
        Pinned runs are listed first.
    archive, unarchive
        Archived runs are listed only when they are asked for.
    """
    said: dict[str, str | None] = {f"tag {name}": value for name, value in dict(tags or ()).items()}
    said |= {f"tag {name}": None for name in untag or ()}
    if note is not None:
        said["note"] = note or None
    for key, yes, no in (("pinned", pin, unpin), ("archived", archive, unarchive)):
        if yes and no:
            raise UsageError(f"A run cannot be {key} and not.", "Give one of the two.")
        if yes or no:
            said[key] = "" if yes else None
    with use_store(store) as opened:
        read_new(opened)
        found = _find_run(opened, run)
        if not said:
            raise UsageError(
                "There is nothing to say.", f"Give a note or a tag: `nbmlops mark {run} --note TEXT`."
            )
        for key, value in said.items():
            opened.runs.mark(found.id, key, value, now())
        marked = _find_run(opened, found.id)
    logged = sorted(dict(marked.tags).keys() & set(untag))
    if logged:
        raise UsageError(
            f"The tag '{logged[0]}' was logged by the code, and stays in the record.",
            f"Say otherwise: `nbmlops mark {run} --tag {logged[0]}=VALUE`.",
        )
    return marked


def _find_alike(store: Store, text: str) -> tuple[Run, str]:
    """Return the run that a text stands for, else the newest of its type or behind its object, and why."""
    try:
        return _find_run(store, text), ""
    except UnknownNameError:
        alike = merge_runs(store.runs.search(RunQuery((f"model = {quote_text(text)}",), archived=True)))
        if alike:
            others = ", ".join(run.id for run in alike[1 : _MOST_NAMED + 1])
            more = " ..." if len(alike) > _MOST_NAMED + 1 else ""
            which = f"the newest of {len(alike)} runs" if others else "the one run"
            rest = f"; before it: {others}{more}" if others else ""
            return alike[0], f"{which} whose model is of the type '{alike[0].model_type}'{rest}"
        behind = _find_behind(store, text)
        if behind is None:
            raise
        run = _find_run(store, behind.id)
        return run, f"'{text}' is what run {run.id} fitted as '{run.model_name}'"


def _find_behind(store: Store, name: str) -> Run | None:
    """Return the run whose model an object's name holds, in this kernel or the newest that bound it."""
    from nbmlops.tracking.finding import find_run_behind

    if not store.runs.count():
        return None
    try:
        return find_run_behind(choose_history(store, name), name)
    except UnknownNameError:
        return None


def _find_run(store: Store, text: str) -> Run:
    """Return the newest run that an id, a model, a metric, or a number as it was shown stands for."""
    known = store.runs.resolve(text)
    if known is None:
        known = next(_search(store, text), None)
    if known is None:
        raise UnknownNameError(f"There is no run '{text}' in '{store.path}'.", "List them: `nbmlops runs`.")
    query = RunQuery((f"run = '{known}'",), parent=store.runs.parent_of(known), archived=True)
    return merge_runs(store.runs.search(query))[0]


def _search(store: Store, text: str) -> Iterator[str]:
    if os.path.isfile(text):  # noqa: PTH113 - Path refuses a text that is too long for a name
        from nbmlops.core.digest import digest_bytes  # loads OpenSSL, which who only reads can do without

        yield from store.runs.find_figure(digest_bytes(Path(text).read_bytes()))
    for run in store.runs.search(RunQuery((f"name = {quote_text(text)}",), limit=1, archived=True)):
        yield run.id
    yield from store.runs.find_number(text)


def _describe(store: Store, run: Run) -> RunDetail:
    from nbmlops.lifecycle.comparing import describe_run

    source = store.exchanges.place_of(run.history)
    if source is not None:
        return _describe_pulled(store, run, source)
    history = choose_history(store, None, run.history)
    same = RunQuery(
        (f"name = {quote_text(run.model_name)}",), run.experiment, limit=_MOST_ALIKE, archived=True
    )
    alike = [
        other
        for other in merge_runs(store.runs.search(same))
        if (other.model_type, other.parameters, other.status) == (run.model_type, run.parameters, run.status)
    ]
    children = len(store.runs.search(RunQuery(parent=run.id)))
    revision = store.histories.revision_at(run.history, run.fitted_at)
    return describe_run(run, history, alike, children, revision)


def _describe_pulled(store: Store, run: Run, source: str) -> RunDetail:
    """Return what is known of a run that came from elsewhere; all of it where it was found here too."""
    from nbmlops.core.comparison import RunDetail, Spread
    from nbmlops.store.exchanges import CODE

    sources = store.exchanges.list_sources()
    mine = [part for part in store.runs.parts_of(run.id) if part.history not in sources]
    if mine:
        found = _describe(store, mine[-1])
        return dataclasses.replace(
            found, run=dataclasses.replace(run, history=mine[-1].history), source=source
        )
    code = store.exchanges.find_file(run.id, CODE)
    return RunDetail(
        run=run,
        code=() if code is None else (code.rstrip("\n"),),
        complete=False,
        spreads=tuple(Spread(metric.name, metric.value, None, 1) for metric in run.metrics),
        repeats=1,
        children=len(store.runs.search(RunQuery(parent=run.id))),
        python="",
        packages={},
        source=source,
    )
