"""Histories: what happened, what an object needs, and which runs it amounts to."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import choose_history, use_store
from nbmlops.core.run import Run, RunQuery
from nbmlops.errors import UsageError
from nbmlops.tracking.merging import EDITION, merge_runs

if TYPE_CHECKING:
    from nbmlops.core.history import History
    from nbmlops.core.slice import Slice
    from nbmlops.store.opening import Store

__all__ = ["explain_name", "list_history", "list_runs", "slice_name"]


def list_history(
    history: str | None = None, notebook: Path | None = None, store: Path | None = None
) -> History:
    """Return what was executed: this kernel's history, the one that is named, or the newest.

    The execution in which a kernel was killed comes last, without its source.
    """
    with use_store(store) as opened:
        found = choose_history(opened, None, history, notebook)
        last = opened.running.find_interrupted(found.id)
        return found if last is None else dataclasses.replace(found, executions=(*found.executions, last))


def slice_name(
    name: str, history: str | None = None, notebook: Path | None = None, store: Path | None = None
) -> Slice:
    """Return the slice of a name: the statements that its value needs.

    Raises
    ------
    UnknownNameError
        If no recorded statement made the name.
    """
    from nbmlops.slicing.cutting import cut_slice  # a list of cells or runs does not wait for it

    with use_store(store) as opened:
        return cut_slice(choose_history(opened, name, history, notebook), name)


def explain_name(
    name: str, history: str | None = None, notebook: Path | None = None, store: Path | None = None
) -> Slice:
    """Return every statement with the reasons why the name needs it, or does not.

    Raises
    ------
    UnknownNameError
        If no recorded statement made the name.
    """
    return slice_name(name, history, notebook, store)


def list_runs(
    conditions: Sequence[str] = (),
    sort: str | None = None,
    ascending: bool = False,
    limit: int = 100,
    store: Path | None = None,
) -> tuple[Run, ...]:
    """Return the runs of every history in the store, the newest first.

    A run is one fitted model with the parameters, metrics and data that belong to it by lineage;
    the same code on the same data with the same random state is one run with more occurrences.

    Parameters
    ----------
    conditions
        Metrics that a run must have, such as ``accuracy>0.8``; all of them.
    sort
        A metric to sort by, the largest first; runs without it are left out.
    ascending
        The smallest first.
    limit
        The most runs to return.
    """
    if limit < 1:
        raise UsageError(f"{limit} runs cannot be listed.", "Give a number from 1 on.")
    query = RunQuery(tuple(conditions or ()), None, sort, not ascending, limit)
    with use_store(store) as opened:
        for history in opened.runs.list_unread(EDITION):
            _read_runs(opened, history)
        return merge_runs(opened.runs.search(query))


def _read_runs(store: Store, history: str) -> None:
    """Keep the runs that a history amounts to by now."""
    from nbmlops.tracking.finding import find_runs  # only where there is something new

    found = choose_history(store, None, history)
    executions = max((e.number for e in found.executions), default=0)
    store.runs.keep(history, find_runs((found,)), executions, found.ended is not None, EDITION)
