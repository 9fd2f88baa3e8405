"""Opening a store: one door to its record families, which are consistent among themselves."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from nbmlops.store.database import Database
from nbmlops.store.failures import explain_os, translate_errors
from nbmlops.store.ownership import claim_store
from nbmlops.store.place import choose_journal, find_filesystem, prepare_place, require_place
from nbmlops.store.schema import migrate_schema

if TYPE_CHECKING:
    from nbmlops.store.contents import Contents
    from nbmlops.store.dismissals import Dismissals
    from nbmlops.store.exchanges import Exchanges
    from nbmlops.store.exports import Exports, Proofs
    from nbmlops.store.histories import Histories
    from nbmlops.store.models import Models
    from nbmlops.store.running import Running
    from nbmlops.store.runs import Runs
    from nbmlops.store.service import Packages, Reports
    from nbmlops.store.sweeps import Sweeps
    from nbmlops.store.tables import Tables
    from nbmlops.store.trail import Trail

__all__ = ["Store", "open_store"]


class Store:
    """An open store.

    Responsibilities: holds the families of records, lets several of them be written in one
    transaction, and says in `notes` what a person should know about it. It is a context manager
    that closes itself; any thread may use it. The code of a family is loaded when it is first asked:
    who lists runs does not wait for that of models.
    """

    def __init__(self, database: Database, value_cap: int, store_cap: int, notes: tuple[str, ...]) -> None:
        self.path = database.path
        self.notes = notes
        self.database = database
        self._value_cap = value_cap
        self._store_cap = store_cap

    @functools.cached_property
    def contents(self) -> Contents:
        """The bytes that records refer to."""
        from nbmlops.store.contents import Contents

        return Contents(self.database, self._value_cap, self._store_cap)

    @functools.cached_property
    def tables(self) -> Tables:
        """Where the columns of saved frames lie."""
        from nbmlops.store.tables import Tables

        return Tables(self.database)

    @functools.cached_property
    def histories(self) -> Histories:
        """What kernels executed."""
        from nbmlops.store.histories import Histories

        return Histories(self.database, self)

    @functools.cached_property
    def running(self) -> Running:
        """What kernels have begun and not ended."""
        from nbmlops.store.running import Running

        return Running(self.database)

    @functools.cached_property
    def runs(self) -> Runs:
        """What was found in the histories."""
        from nbmlops.store.runs import Runs

        return Runs(self.database)

    @functools.cached_property
    def exchanges(self) -> Exchanges:
        """What went to other trackers and came from them."""
        from nbmlops.store.exchanges import Exchanges

        return Exchanges(self.database, self)

    @functools.cached_property
    def dismissals(self) -> Dismissals:
        """Which hints nobody wants to see again."""
        from nbmlops.store.dismissals import Dismissals

        return Dismissals(self.database)

    @functools.cached_property
    def sweeps(self) -> Sweeps:
        """What cells were run with."""
        from nbmlops.store.sweeps import Sweeps

        return Sweeps(self.database)

    @functools.cached_property
    def exports(self) -> Exports:
        """What was written where."""
        from nbmlops.store.exports import Exports

        return Exports(self.database, self)

    @functools.cached_property
    def proofs(self) -> Proofs:
        """What fresh processes made of it."""
        from nbmlops.store.exports import Proofs

        return Proofs(self.database)

    @functools.cached_property
    def models(self) -> Models:
        """The versions, and their aliases."""
        from nbmlops.store.models import Models

        return Models(self.database, self)

    @functools.cached_property
    def trail(self) -> Trail:
        """Who decided what."""
        from nbmlops.store.trail import Trail

        return Trail(self.database)

    @functools.cached_property
    def packages(self) -> Packages:
        """What was packaged."""
        from nbmlops.store.service import Packages

        return Packages(self.database)

    @functools.cached_property
    def reports(self) -> Reports:
        """What monitoring found."""
        from nbmlops.store.service import Reports

        return Reports(self.database)

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
        from nbmlops.store.checking import list_files

        return sum(file.stat().st_size for file in list_files(self.path))

    def is_foreign(self) -> bool:
        """Say whether this is a bundle: what somebody else recorded, perhaps."""
        return self.database.row("select 1 from origins where key in ('bundle', 'received')") is not None

    def is_own(self) -> bool:
        """Say whether this person made or trusted the store on this machine."""
        from nbmlops.store.ownership import is_own

        return is_own(self.database)

    def check(self) -> tuple[str, ...]:
        """Return what is wrong with the store, a line for each fault; nothing is unpickled."""
        from nbmlops.store.checking import find_faults

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
        fresh = create and not (path.exists() and path.stat().st_size)
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
            if fresh:
                claim_store(database)
    except BaseException:
        database.close()
        raise
    return Store(database, value_cap, store_cap, (note,) if note else ())
