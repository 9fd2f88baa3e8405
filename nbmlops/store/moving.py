"""Moving: a store is copied while it is in use, shrunk, and replaced by a copy."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.core.clock import new_id
from nbmlops.errors import StoreError, UsageError
from nbmlops.store.checking import list_files
from nbmlops.store.failures import explain_os, translate_errors
from nbmlops.store.opening import open_store

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["copy_store", "replace_store", "require_idle", "shrink_store"]


def copy_store(database: Database, target: Path) -> int:
    """Write a consistent copy of a store that may be in use, without what was deleted; return its size.

    Raises `UsageError` where the file is there already.
    """
    target = target.absolute()
    if target.exists():
        raise UsageError(f"The file '{target}' is there already.", "Name a new one.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder '{target.parent}'.", "Make it, or name another file.")
    unfinished = target.with_name(f".{target.name}.{new_id()}")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with translate_errors(target):
            database.connection().execute("vacuum into ?", (str(unfinished),))
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(target)
    except OSError as error:
        raise explain_os(target, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target.stat().st_size


def shrink_store(database: Database) -> None:
    """Give the space of what was deleted back to the disk; also in the log nothing of it is left."""
    with translate_errors(database.path):
        connection = database.connection()
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")


def replace_store(path: Path, copy: Path) -> Path | None:
    """Put a copy in the place of a store, which is moved aside; return where to, None where there was none.

    Raises `StoreError` where the copy is no sound store, or the present one is in use.
    """
    copy, path = copy.absolute(), path.absolute()
    with open_store(copy, create=False) as opened:
        faults = [fault for fault in opened.check() if not fault.startswith("Others can")]
        if faults:
            raise StoreError(f"The copy '{copy}' is damaged: {faults[0]}", "Take an older copy.")
        if not path.exists():
            open_store(path).close()
            path.unlink()
            copy_store(opened.database, path)
            return None
        require_idle(path)
        fresh = path.with_name(f".{path.name}.{new_id()}")
        copy_store(opened.database, fresh)
    aside = path.with_name(f"{path.stem}-before-{new_id()}{path.suffix}")
    try:
        path.rename(aside)
        fresh.rename(path)
    except OSError as error:
        raise explain_os(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)
    return aside


def require_idle(path: Path) -> None:
    """Raise `StoreError` where another process has a store open; else leave it as one file."""
    with translate_errors(path):
        connection = sqlite3.connect(path, timeout=0.2, isolation_level=None)
        try:
            connection.execute("pragma locking_mode = exclusive")
            connection.execute("begin exclusive")
            connection.execute("commit")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            raise StoreError(
                f"The store '{path}' is in use, so it cannot be replaced.",
                "End the kernels and commands that use it, then run it again.",
            ) from error
        finally:
            connection.close()
    if len(list_files(path)) > 1:
        raise StoreError(f"The store '{path}' is in use.", "End the kernels that use it, then run it again.")
