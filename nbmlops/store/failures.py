"""Failures of SQLite and of the file system, told as errors that a person can mend."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from nbmlops.errors import FULL_DISK, REFUSED, StoreError

__all__ = ["StoreFullError", "explain_os", "explain_sqlite", "translate_errors"]

_FREE = "Free some space on that disk and run it again; nothing was half-written."
_OTHER = "Move it away, or name another file: `NBMLOPS_STORE=/path/to/store.db`."
_PERMIT = "Make the folder and the file writable, or name another file: `NBMLOPS_STORE=/path/to/store.db`."

_SAYINGS = {
    sqlite3.SQLITE_FULL: ("The store '{path}' could not be written: the disk is full.", _FREE),
    sqlite3.SQLITE_IOERR: (
        "The store '{path}' could not be read or written: {error} (a full disk, a quota or a failing disk).",
        _FREE,
    ),
    sqlite3.SQLITE_READONLY: ("The store '{path}' is read-only for you: {error}.", _PERMIT),
    sqlite3.SQLITE_PERM: ("The store '{path}' may not be opened by you: {error}.", _PERMIT),
    sqlite3.SQLITE_CANTOPEN: ("The store '{path}' cannot be opened: {error}.", _PERMIT),
    sqlite3.SQLITE_BUSY: (
        "The store '{path}' is locked: another process has been writing to it for too long.",
        "Wait for it, or end that process (`fuser -v` with the path names it), then run it again.",
    ),
    sqlite3.SQLITE_NOTADB: ("'{path}' is not an SQLite file, so it is no store.", _OTHER),
    sqlite3.SQLITE_CORRUPT: (
        "The store '{path}' is damaged: {error}.",
        "Move it away to begin a new one; `sqlite3 {path} .recover` saves what can still be read.",
    ),
}
_SAYINGS[sqlite3.SQLITE_LOCKED] = _SAYINGS[sqlite3.SQLITE_BUSY]


class StoreFullError(StoreError):
    """A content is over the cap of a value, or the store over its own."""


def explain_sqlite(path: Path, error: sqlite3.Error) -> StoreError:
    """Tell what an error of SQLite means for the person."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    unknown = (
        "The store '{path}' refused a request: {error}.",
        "Look for what is wrong with it: `nbmlops doctor`.",
    )
    what, then = (text.format(path=path, error=error) for text in _SAYINGS.get(code, unknown))
    return StoreError(what, then)


def explain_os(path: Path, error: OSError) -> StoreError:
    """Tell what an error of the file system means for the person."""
    if error.errno in FULL_DISK:
        return StoreError(f"The store '{path}' could not be written: the disk is full.", _FREE)
    then = _PERMIT if error.errno in REFUSED else "Name another file: `NBMLOPS_STORE=/path/to/store.db`."
    reason = error.strerror or str(error)
    return StoreError(f"The store '{path}' cannot be made or opened: {reason}.", then)


@contextlib.contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite into `StoreError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain_sqlite(path, error) from error
