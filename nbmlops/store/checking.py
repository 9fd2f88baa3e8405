"""Checking: what is wrong with a store, in plain lines for ``doctor``."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.core.encoding import load
from nbmlops.core.model import ModelVersion
from nbmlops.errors import StoreError
from nbmlops.store.contents import Contents
from nbmlops.store.place import FOLDER
from nbmlops.store.trail import Trail

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["find_faults", "find_loss", "list_files"]


def list_files(path: Path) -> tuple[Path, ...]:
    """Return the files that make up a store on disk now."""
    candidates = (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")))
    return tuple(file for file in candidates if file.exists())


def find_loss(path: Path) -> str | None:
    """Say that the file of an open store was removed, if it was: what is written then is lost."""
    if path.exists():
        return None
    return (
        f"The store '{path}' was removed: what is recorded now is lost when the kernel ends. "
        "Restart the kernel and load nbmlops again."
    )


def find_faults(database: Database) -> Iterator[str]:
    """Yield one line for each fault: structure, references, contents, audit trail, file modes."""
    gone = find_loss(database.path)
    if gone is not None:
        yield gone
        return
    try:
        yield from _find_cut(database)
        for (line,) in database.rows("pragma integrity_check"):
            if line != "ok":
                yield f"SQLite finds the file damaged: {line}."
        for table, row, parent, _ in database.rows("pragma foreign_key_check"):
            yield f"Row {row} of '{table}' refers to a row of '{parent}' that is not there."
        yield from _find_missing(database)
        yield from Contents(database, 0, 0).find_damage()
        yield from Trail(database).find_damage()
    except StoreError as error:
        yield error.what
    yield from _find_modes(database.path)


def _find_cut(database: Database) -> Iterator[str]:
    row = database.row("select page_count * page_size from pragma_page_count, pragma_page_size")
    log = database.path.with_name(database.path.name + "-wal")
    size = database.path.stat().st_size
    if row and size < row[0] and not (log.exists() and log.stat().st_size):
        yield f"The file is cut short: it has {size} bytes, and {row[0]} belong to it."


def _find_missing(database: Database) -> Iterator[str]:
    contents = Contents(database, 0, 0)
    for (record,) in database.rows("select record from versions order by model, version"):
        version = load(ModelVersion, record)
        for file, digest in version.pipeline.items():
            if not contents.has(digest):
                yield f"Version {version.version} of '{version.name}' lacks its file '{file}'."


def _find_modes(path: Path) -> Iterator[str]:
    for file in list_files(path):
        if _is_shared(file):
            yield f"Others can read '{file}': `chmod 600 {file}`."
    folder = path.parent
    if folder.name == FOLDER and _is_shared(folder):
        yield f"Others can look into '{folder}': `chmod 700 {folder}`."
    if folder.stat().st_uid not in (os.getuid(), 0):
        yield f"The folder '{folder}' belongs to another user, who can replace the store."


def _is_shared(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
