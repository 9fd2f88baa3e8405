"""Experiments: the runs that the histories amount to, what is known of each, and what people say of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import choose_history, use_store
from nbmlops.core.clock import now
from nbmlops.core.run import Run, RunQuery
from nbmlops.errors import UnknownNameError, UsageError
from nbmlops.tracking.merging import EDITION, merge_runs

if TYPE_CHECKING:
    from nbmlops.core.comparison import Comparison, RunDetail
    from nbmlops.store.opening import Store

__all__ = ["compare_runs", "list_runs", "mark_run", "show_run"]

_MOST_ALIKE = 1000


def list_runs(
    conditions: Sequence[str] = (),
    sort: str | None = None,
    ascending: bool = False,
    limit: int = 100,
    of: str | None = None,
    archived: bool = False,
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

    Raises
    ------
    UsageError
        If a condition does not parse: the message shows where.
    UnknownNameError
        If no run has what it is to be sorted by.
    """
    if limit < 1:
        raise UsageError(f"{limit} runs cannot be listed.", "Give a number from 1 on.")
    with use_store(store) as opened:
        _read_new(opened)
        parent = None if of is None else _find_run(opened, of).id
        query = RunQuery(tuple(conditions or ()), None, sort, not ascending, limit, parent, archived)
        found = merge_runs(opened.runs.search(query))
        if sort is not None and not found and not opened.runs.knows_number(sort):
            raise UnknownNameError(
                f"No run has a metric or a parameter '{sort}' that is a number.", "List them: `nbmlops runs`."
            )
        return found


def show_run(run: str, store: Path | None = None) -> RunDetail:
    """Return all that is known of a run: its code, its repeats, and where it was made.

    Parameters
    ----------
    run
        The id of a run or its beginning; or the name of a model, a metric, or a number as it was shown: then
        the newest run that it is of.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    """
    with use_store(store) as opened:
        _read_new(opened)
        return _describe(opened, _find_run(opened, run))


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
    from nbmlops.lifecycle.comparing import compare_details

    if len(runs) < 2:
        raise UsageError("One run cannot be compared.", "Give two or more; list them: `nbmlops runs`.")
    with use_store(store) as opened:
        _read_new(opened)
        return compare_details([_describe(opened, _find_run(opened, one)) for one in runs])


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
        _read_new(opened)
        found = _find_run(opened, run)
        if not said:
            raise UsageError(
                "There is nothing to say.", f"Give a note or a tag: `nbmlops mark {run} --note TEXT`."
            )
        for key, value in said.items():
            opened.runs.mark(found.id, key, value, now())
        return _find_run(opened, found.id)


def _read_new(store: Store) -> None:
    """Keep the runs that histories amount to by now, of those in which something happened."""
    unread = store.runs.list_unread(EDITION)
    if not unread:
        return
    from nbmlops.tracking.finding import find_runs  # only where there is something new

    for history in unread:
        found = choose_history(store, None, history)
        executions = max((e.number for e in found.executions), default=0)
        store.runs.keep(history, find_runs((found,)), executions, found.ended is not None, EDITION)


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
    if "'" in text:
        return
    for run in store.runs.search(RunQuery((f"name = '{text}'",), limit=1, archived=True)):
        yield run.id
    yield from store.runs.find_number(text)


def _describe(store: Store, run: Run) -> RunDetail:
    from nbmlops.lifecycle.comparing import describe_run

    history = choose_history(store, None, run.history)
    same = RunQuery((f"name = '{run.model_name}'",), run.experiment, limit=_MOST_ALIKE, archived=True)
    alike = [
        other
        for other in merge_runs(store.runs.search(same) if "'" not in run.model_name else ())
        if (other.model_type, other.parameters, other.status) == (run.model_type, run.parameters, run.status)
    ]
    children = len(store.runs.search(RunQuery(parent=run.id)))
    revision = store.histories.revision_at(run.history, run.fitted_at)
    return describe_run(run, history, alike, children, revision)
