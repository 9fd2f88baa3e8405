"""Opening a store: one door to its record families, which are consistent among themselves."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from types import TracebackType

from nbmlops.store.checking import find_faults, list_files
from nbmlops.store.contents import Contents
from nbmlops.store.database import Database
from nbmlops.store.exports import Exports, Proofs
from nbmlops.store.failures import explain_os, translate_errors
from nbmlops.store.histories import Histories
from nbmlops.store.models import Models
from nbmlops.store.place import choose_journal, find_filesystem, prepare_place, require_place
from nbmlops.store.running import Running
from nbmlops.store.runs import Runs
from nbmlops.store.schema import migrate_schema
from nbmlops.store.service import Packages, Reports
from nbmlops.store.tables import Tables
from nbmlops.store.trail import Trail

__all__ = ["Store", "open_store"]


class Store:
    """An open store.

    Responsibilities: holds the families of records, lets several of them be written in one
    transaction, and says in `notes` what a person should know about it. It is a context manager
    that closes itself; any thread may use it.
    """

    def __init__(self, database: Database, value_cap: int, store_cap: int, notes: tuple[str, ...]) -> None:
        self.path = database.path
        self.notes = notes
        self.database = database
        self.contents = Contents(database, value_cap, store_cap)
        self.tables = Tables(database)
        self.histories = Histories(database, self.contents)
        self.running = Running(database)
        self.runs = Runs(database)
        self.exports = Exports(database, self.contents)
        self.proofs = Proofs(database)
        self.models = Models(database, self.contents)
        self.trail = Trail(database)
        self.packages = Packages(database)
        self.reports = Reports(database)

    def transaction(self, durable: bool = False) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """Write all or nothing of what the families are told inside the block.

        Parameters
        ----------
        durable
            Survive the loss of power. Needed where the block registers, decides or proves.
        """
        return self.database.transaction(durable)

    def size(self) -> int:
        """Return the bytes that the store takes on disk."""
        return sum(file.stat().st_size for file in list_files(self.path))

    def is_foreign(self) -> bool:
        """Say whether this is a bundle: what somebody else recorded, perhaps."""
        return self.database.row("select 1 from origins") is not None

    def check(self) -> tuple[str, ...]:
        """Return what is wrong with the store, a line for each fault; nothing is unpickled."""
        return tuple(find_faults(self.database))

    def close(self) -> None:
        """Close the store; where nobody else has it open a single file remains."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(
    path: Path,
    create: bool = True,
    *,
    value_cap: int = 512 * 2**20,
    store_cap: int = 5 * 2**30,
    patience: float = 30.0,
) -> Store:
    """Open the store in a file, making it and its private folder where they are not there yet.

    Parameters
    ----------
    path
        The ``.db`` file.
    create
        False: a store that is not there is a `StoreError`.
    value_cap, store_cap
        Largest content, and size at which no more content is taken, in bytes.
    patience
        How long to wait for another process that is writing, in seconds.
    """
    path = Path(path).absolute()
    try:
        if path.exists() or not create:
            require_place(path, create)
        if create:
            prepare_place(path)
            require_place(path)
        journal, note = choose_journal(path, find_filesystem(path.resolve()))
    except OSError as error:
        raise explain_os(path, error) from error
    database = Database(path, journal, patience)
    try:
        with translate_errors(path):
            migrate_schema(database.connection(), path, patience)
    except BaseException:
        database.close()
        raise
    return Store(database, value_cap, store_cap, (note,) if note else ())
