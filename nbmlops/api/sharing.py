"""Sharing: a run with all that it needs as one file, and somebody else's, looked at before it is trusted."""

from __future__ import annotations

from pathlib import Path

from nbmlops.api.opening import use_store
from nbmlops.core.housekeeping import Bundled
from nbmlops.core.settings import find_store, read_settings
from nbmlops.errors import StoreError, UnknownNameError
from nbmlops.store.bundles import QUARANTINE, merge_bundle, quarantine_bundle, require_bundle, write_bundle
from nbmlops.store.opening import Store, open_store
from nbmlops.store.ownership import claim_store
from nbmlops.tracking.finding import find_runs

__all__ = ["bundle_run", "receive_bundle", "trust_bundle"]


def bundle_run(run: str, path: Path, store: Path | None = None) -> Bundled:
    """Write a run's history, its values and the files that it read to one file.

    Parameters
    ----------
    run
        The id of a run, or of a history.
    path
        The file to write.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    """
    with use_store(store) as opened:
        history = _find_history(opened, run)
        size = write_bundle(opened.database, history, run, path)
        return Bundled(str(path.absolute()), "written", (history,), size)


def receive_bundle(path: Path, store: Path | None = None) -> Bundled:
    """Put somebody's bundle into quarantine: it can be looked at, and nothing in it is run or opened.

    Raises
    ------
    StoreError
        If it is no bundle, or damaged.
    """
    require_bundle(path)
    with use_store(store, create=True) as opened:
        copy = quarantine_bundle(path, opened.path, read_settings(opened.path).store_cap)
    with open_store(copy, create=False) as waiting:
        histories = tuple(header.id for header in waiting.histories.list_headers())
    return Bundled(str(copy), "in quarantine", histories, copy.stat().st_size)


def trust_bundle(path: Path, store: Path | None = None) -> Bundled:
    """Take a bundle out of quarantine into the store, as if its cells had been run here, or trust a store.

    Raises
    ------
    StoreError
        If it is damaged.
    """
    if path.resolve().parent.name != QUARANTINE:
        return _trust_store(path, (store or find_store()).absolute().parent / QUARANTINE)
    with use_store(store) as opened:
        waiting = opened.path.parent.resolve() / QUARANTINE
        if path.resolve().parent != waiting or not path.is_file():
            raise UnknownNameError(
                f"'{path}' is not in the quarantine of this store, '{waiting}'.",
                "Put it there first: `nbmlops receive FILE`.",
            )
        histories = merge_bundle(opened.database, path)
    for file in path.parent.glob(path.name + "*"):
        file.unlink()
    return Bundled(str(path), "taken in", histories)


def _trust_store(path: Path, waiting: Path) -> Bundled:
    """Say of a store that was made elsewhere that its values may be opened here."""
    where = f"'{path}' is not in the quarantine of this store, '{waiting}'"
    first = "Put it there first: `nbmlops receive FILE`."
    try:
        with open_store(path, create=False) as opened:
            if opened.is_foreign():
                raise UnknownNameError(f"{where}: it is a bundle.", first)
            claim_store(opened.database)
            histories = tuple(header.id for header in opened.histories.list_headers())
            return Bundled(str(opened.path), "trusted", histories, opened.size())
    except StoreError as error:
        raise UnknownNameError(f"{where}, and no store either: {error.what}", first) from error


def _find_history(store: Store, text: str) -> str:
    ids = [header.id for header in store.histories.list_headers()]
    if text in ids:
        return text
    for run in find_runs(tuple(store.histories.load(one) for one in ids)):
        if run.id == text:
            return run.history
    raise UnknownNameError(f"There is no run '{text}' in '{store.path}'.", "List them: `nbmlops runs`.")
