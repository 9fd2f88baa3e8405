"""Housekeeping: let go what nothing needs, copy the store, and put a copy in its place."""

from __future__ import annotations

from pathlib import Path

from nbmlops.api.opening import use_store
from nbmlops.capture.following import current_following
from nbmlops.core.housekeeping import Collected, Copied
from nbmlops.core.settings import find_store, read_settings
from nbmlops.errors import StoreError, UsageError
from nbmlops.lifecycle.collecting import collect_garbage
from nbmlops.store.moving import copy_store, replace_store

__all__ = ["backup_store", "collect_unneeded", "replace_by_backup"]


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
    following = current_following()
    if following is not None and following.store.path == place:
        raise StoreError(
            f"The store '{place}' is in use by this kernel.",
            "Type `%unload_ext nbmlops` first, or use the command line when the kernel has ended.",
        )
    aside = replace_store(place, path)
    return Copied(str(path.absolute()), str(place), place.stat().st_size, str(aside) if aside else None)
