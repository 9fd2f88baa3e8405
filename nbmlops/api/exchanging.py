"""Exchanging: runs and registered models to another tracker, and from there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import read_new, use_store
from nbmlops.core.progress import Progress, silent
from nbmlops.core.run import RunQuery
from nbmlops.core.settings import read_settings
from nbmlops.errors import UsageError
from nbmlops.plugins.manager import find_tracker

if TYPE_CHECKING:
    from nbmlops.core.exchange import Exchanged
    from nbmlops.core.run import Run
    from nbmlops.plugins.tracker import Tracker
    from nbmlops.store.opening import Store

__all__ = ["pull_runs", "push_runs"]


def push_runs(
    system: str,
    uri: str | None = None,
    conditions: Sequence[str] = (),
    experiment: str | None = None,
    with_rows: bool = False,
    restore: bool = False,
    dry_run: bool = False,
    store: Path | None = None,
    progress: Progress = silent,
) -> Exchanged:
    """Send runs and the versions of models to another tracker; sending them again changes nothing.

    Parameters
    ----------
    system
        The tracker: ``mlflow``, ``wandb``, or one that a plug-in brings.
    uri
        The address of its server, or a folder for runs that are written offline.
    conditions
        What a run has to be, as in `list_runs`; only versions of such runs are sent then.
    experiment
        Only the runs of this experiment.
    with_rows
        Send the estimators of versions too, which may hold rows that they were fitted on.
    restore
        Bring back runs that were deleted there.
    dry_run
        Say what would be sent.

    Raises
    ------
    TrackerError
        If it does not answer, or refuses; what was sent by then stays, and the next push goes on there.
    """
    from nbmlops.lifecycle.sending import Sending

    tracker, place = _find_place(system, uri)
    with use_store(store) as opened:
        read_new(opened)
        runs = tuple(_choose_runs(opened, conditions or (), experiment))
        versions = opened.models.versions()
        if conditions or experiment is not None:
            chosen = {run.id for run in runs}
            versions = tuple(version for version in versions if version.run in chosen)
        remote = tracker.connect(place)
        try:
            sending = Sending(opened, remote, with_rows, restore, dry_run, progress)
            return sending.send_all(runs, versions, system)
        finally:
            remote.close()


def pull_runs(
    system: str,
    uri: str | None = None,
    conditions: Sequence[str] = (),
    experiment: str | None = None,
    files: bool = False,
    dry_run: bool = False,
    store: Path | None = None,
    progress: Progress = silent,
) -> Exchanged:
    """Take runs and the versions of a registry from another tracker; nothing of them is run or opened.

    Parameters
    ----------
    system, uri
        The tracker and its address, as in `push_runs`.
    conditions
        What a run has to be, as in `list_runs`.
    experiment
        Only the runs of this experiment there.
    files
        Keep the files of the runs too.
    dry_run
        Say what would be taken.

    Raises
    ------
    TrackerError
        If it does not answer, or refuses.
    """
    from nbmlops.lifecycle.fetching import Fetching

    tracker, place = _find_place(system, uri)
    if not tracker.pulls:
        raise UsageError(
            f"Nothing can be pulled from '{system}'.", f"Push to it: `nbmlops push {system} {place}`."
        )
    with use_store(store, create=True) as opened:
        read_new(opened)
        remote = tracker.connect(place)
        try:
            most = read_settings(opened.path).value_cap
            fetching = Fetching(opened, remote, system, files, most, dry_run, progress)
            return fetching.fetch_all(experiment, conditions or (), not conditions and experiment is None)
        finally:
            remote.close()


def _find_place(system: str, uri: str | None) -> tuple[Tracker, str]:
    tracker = find_tracker(system)
    place = uri or os.environ.get(f"{system.upper()}_TRACKING_URI")
    if not place:
        raise UsageError(
            f"It is not said which '{system}' is meant.", f"Name it: `nbmlops push {system} URI`."
        )
    return tracker, place


def _choose_runs(store: Store, conditions: Sequence[str], experiment: str | None) -> Iterator[Run]:
    """Yield runs as each history found them, oldest first, each with what it tried behind it."""
    query = RunQuery(tuple(conditions), experiment, descending=False, archived=True)
    parents = set(store.runs.list_parents())
    waiting = list(reversed(store.runs.search(query)))
    while waiting:
        run = waiting.pop()
        yield run
        if run.id in parents:
            parents.discard(run.id)
            tried = store.runs.search(RunQuery(parent=run.id, archived=True))
            waiting.extend(reversed(tried))
