"""Collecting: what nothing needs any more is found, told, and let go."""

from __future__ import annotations

import datetime

from nbmlops.core.history import History
from nbmlops.core.housekeeping import Collected
from nbmlops.store.garbage import Garbage, Sparing
from nbmlops.store.moving import shrink_store
from nbmlops.store.opening import Store
from nbmlops.tracking.finding import find_runs

__all__ = ["collect_garbage"]


def collect_garbage(store: Store, days: int | None, apply: bool) -> Collected:
    """Find the contents that no run, version, export or recent history needs; let them go with `apply`.

    `days` is the age from which on a history keeps only what its runs, versions and exports need; None
    lets only that go which no record mentions.
    """
    spared = _spare_old(store, days) if days is not None else []
    values = tuple(
        f"{value.name}@{number} of history {sparing.history}"
        for sparing in spared
        for name in sorted({v.name for v in store.histories.saved_values(sparing.history)} - sparing.names)
        for number, value in store.histories.saved_versions(sparing.history, name)
        if value.content
    )
    contents, freed = Garbage(store.database).drop(spared, apply)
    if apply:
        shrink_store(store.database)
    return Collected(str(store.path), apply, contents, freed, values, store.size(), days)


def _spare_old(store: Store, days: int) -> list[Sparing]:
    """Return what of each old history is still needed; all of one that was registered, exported or forked."""
    oldest = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    needed = {version.history for version in store.models.versions()} | store.exports.list_histories()
    headers = store.histories.list_headers()
    needed |= {header.origin for header in headers if header.origin is not None}
    return [
        _spare_runs(store.histories.load(header.id))
        for header in headers
        if header.id not in needed and header.ended and _is_before(header.started, oldest)
    ]


def _is_before(started: str, moment: datetime.datetime) -> bool:
    try:
        found = datetime.datetime.fromisoformat(started)
    except ValueError:
        return False
    return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)) < moment


def _spare_runs(history: History) -> Sparing:
    runs = find_runs((history,))
    names = {run.model_name for run in runs} | {use.name for run in runs for use in run.data}
    executions = {number for run in runs for number in run.executions}
    return Sparing(history.id, frozenset(names), frozenset(executions))
