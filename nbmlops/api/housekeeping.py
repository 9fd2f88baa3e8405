"""Housekeeping: let go what nothing needs or nobody may see, copy the store, and put a copy in its place."""

from __future__ import annotations

import re
from pathlib import Path

from nbmlops.api.opening import choose_history, find_following, use_store
from nbmlops.core.housekeeping import Collected, Copied, Forgotten
from nbmlops.core.settings import find_store, read_settings
from nbmlops.errors import StoreError, UsageError
from nbmlops.lifecycle.collecting import collect_garbage
from nbmlops.lifecycle.forgetting import forget_column, forget_history, forget_value
from nbmlops.store.moving import copy_store, replace_store
from nbmlops.store.opening import Store
from nbmlops.tracking.finding import find_runs

__all__ = ["backup_store", "collect_unneeded", "forget_content", "replace_by_backup"]

_RUN = re.compile(r"[0-9a-f]{12}")


def collect_unneeded(apply: bool = False, days: int | None = None, store: Path | None = None) -> Collected:
    """Say what values and files nothing needs any more, and with `apply` let them go.

    Parameters
    ----------
    apply
        Do it, and give the space back to the disk.
    days
        The age from which on a history keeps only what its runs, versions and exports need (default: what
        ``keep_days`` says, else never).
    """
    if days is not None and days < 0:
        raise UsageError(f"{days} days cannot be meant.", "Give a number from 0 on.")
    with use_store(store) as opened:
        kept = read_settings(opened.path).keep_days if days is None else days
        return collect_garbage(opened, kept, apply)


def backup_store(path: Path, store: Path | None = None) -> Copied:
    """Copy the store to a new file, consistent also while it is in use.

    Raises
    ------
    UsageError
        If the file is there already.
    """
    with use_store(store) as opened:
        return Copied(str(opened.path), str(path.absolute()), copy_store(opened.database, path))


def replace_by_backup(path: Path, store: Path | None = None) -> Copied:
    """Put a backup in the place of the store, which is moved aside.

    Raises
    ------
    StoreError
        If the backup is damaged, or the store is in use.
    """
    place = (store or find_store()).absolute()
    following = find_following()
    if following is not None and following.store.path == place:
        raise StoreError(
            f"The store '{place}' is in use by this kernel.",
            "Type `%unload_ext nbmlops` first, or use the command line when the kernel has ended.",
        )
    aside = replace_store(place, path)
    return Copied(str(path.absolute()), str(place), place.stat().st_size, str(aside) if aside else None)


def forget_content(
    what: str, history: str | None = None, notebook: Path | None = None, store: Path | None = None
) -> Forgotten:
    """Take a value, a file, a column or a whole history out of the store for good.

    Parameters
    ----------
    what
        ``NAME@EXECUTION``, ``NAME`` or a file's name (all that was kept of it), ``column:NAME`` (every
        table and file that has it), or the id of a history or of a run (its history).
    history, notebook
        Which history to take, by id or by the notebook's file.

    Raises
    ------
    UnknownNameError
        If nothing of it is kept.
    """
    with use_store(store) as opened:
        if what.startswith("column:"):
            return forget_column(opened, what.removeprefix("column:"))
        whole = _find_history(opened, what)
        if whole is not None:
            return forget_history(opened, opened.histories.load(whole))
        name = what.rpartition("@")[0] or what
        chosen = choose_history(opened, name, history, notebook)
        found = forget_value(opened, chosen, what)
        following = find_following()
        if following is not None and following.history.id == chosen.id:
            following.spare(name)
        return found


def _find_history(store: Store, text: str) -> str | None:
    """Return the history that an id names, its own or that of a run."""
    ids = {header.id for header in store.histories.list_headers()}
    if text in ids:
        return text
    if not _RUN.fullmatch(text):
        return None
    runs = find_runs(tuple(store.histories.load(one) for one in sorted(ids)))
    return next((run.history for run in runs if run.id == text), None)
