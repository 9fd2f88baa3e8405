"""Database: one SQLite file with a connection for each thread, and transactions that hold whole."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import StoreError
from nbmlops.store.failures import translate_errors

if TYPE_CHECKING:
    from nbmlops.store.place import Journal

__all__ = ["Database"]

_Row = tuple[Any, ...]
_Parameters = Sequence[Any] | Mapping[str, Any]

# Larger pages than SQLite's own: a snapshot costs half as much with them, and a short record no more.
_SETTINGS = """
    pragma page_size = 16384;
    pragma foreign_keys = on;
    pragma recursive_triggers = on;
    pragma secure_delete = on;
    pragma temp_store = memory;
    pragma journal_size_limit = 67108864;
"""

# With a rollback journal less is neither: the file may be damaged, and a commit undone, by a loss of power.
_LEVELS: dict[Journal, tuple[str, str]] = {"wal": ("normal", "full"), "delete": ("full", "extra")}


class Database:
    """One SQLite file.

    Responsibilities: gives each thread its own connection, joins nested transactions into one,
    and tells every failure as `StoreError`. `patience` is how long, in seconds, a lock is awaited.
    """

    def __init__(self, path: Path, journal: Journal = "wal", patience: float = 30.0) -> None:
        self.path = path
        self.journal = journal
        self.patience = patience
        self._lock = threading.Lock()
        self._local = threading.local()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._inherited: list[object] = []
        self._process = os.getpid()
        self._closed = False

    def connection(self) -> sqlite3.Connection:
        """Return the connection of the calling thread."""
        if self._process != os.getpid():
            self._leave_inherited()
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connect()
        elif self._closed:
            raise self._closed_error()
        return found

    def _leave_inherited(self) -> None:
        # A connection must not be used, nor even closed, on the other side of a fork.
        self._inherited += [self._open, self._local]
        self._lock, self._local, self._open = threading.Lock(), threading.local(), []
        self._process = os.getpid()

    def _closed_error(self) -> StoreError:
        return StoreError(f"The store '{self.path}' has been closed.", "Begin again: `%reload_ext nbmlops`.")

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise self._closed_error()
        with translate_errors(self.path):
            uri = f"{self.path.as_uri()}?mode=rw"
            connection = sqlite3.connect(
                uri, uri=True, timeout=self.patience, isolation_level=None, check_same_thread=False
            )
            try:
                self._configure(connection)
            except BaseException:
                connection.close()
                raise
        return self._remember(connection)

    def _configure(self, connection: sqlite3.Connection) -> None:
        connection.executescript(_SETTINGS)
        connection.execute(f"pragma synchronous = {_LEVELS[self.journal][0]}")
        if connection.execute("pragma journal_mode").fetchone()[0] != self.journal:
            connection.execute(f"pragma journal_mode = {self.journal}")

    def _remember(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Keep a connection for the calling thread, and close those of threads that have ended."""
        with self._lock:
            for thread, idle in self._open:
                if not thread.is_alive():
                    idle.close()
            self._open = [entry for entry in self._open if entry[0].is_alive()]
            self._open.append((threading.current_thread(), connection))
        return connection

    @contextlib.contextmanager
    def hurried(self, patience: float) -> Iterator[None]:
        """Wait for a lock only that many seconds on this thread: somebody waits for what follows."""
        connection = self.connection()
        connection.execute(f"pragma busy_timeout = {int(patience * 1000)}")
        try:
            yield
        finally:
            connection.execute(f"pragma busy_timeout = {int(self.patience * 1000)}")

    @contextlib.contextmanager
    def transaction(self, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Write all or nothing; a transaction inside another joins it.

        Parameters
        ----------
        durable
            Survive the loss of power, not only the death of the process, once this returns. It has
            to be asked of the outermost transaction.
        """
        connection = self.connection()
        if connection.in_transaction:
            if durable and not self._local.durable:
                raise ValueError("a durable transaction cannot join one that is not")
            yield connection
            return
        self._local.durable = durable
        with translate_errors(self.path):
            try:
                if durable:
                    connection.execute(f"pragma synchronous = {_LEVELS[self.journal][1]}")
                connection.execute("begin immediate")
                yield connection
                connection.execute("commit")
            finally:
                if connection.in_transaction:
                    connection.execute("rollback")
                if durable:
                    connection.execute(f"pragma synchronous = {_LEVELS[self.journal][0]}")

    def rows(self, query: str, parameters: _Parameters = ()) -> list[_Row]:
        """Return all rows of a query."""
        with translate_errors(self.path):
            return self.connection().execute(query, parameters).fetchall()

    def row(self, query: str, parameters: _Parameters = ()) -> _Row | None:
        """Return the first row of a query, if there is one."""
        with translate_errors(self.path):
            found: _Row | None = self.connection().execute(query, parameters).fetchone()
            return found

    def write(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement, in a transaction of its own or in the one that is open; return its row id."""
        with self.transaction() as connection:
            return connection.execute(statement, parameters).lastrowid or 0

    def write_many(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of many rows."""
        with self.transaction() as connection:
            connection.executemany(statement, parameters)

    def close(self) -> None:
        """Close the connections of all threads; the last one of all processes leaves a single file."""
        if self._process != os.getpid():
            self._leave_inherited()
        with self._lock, translate_errors(self.path):
            self._closed = True
            for _, connection in self._open:
                connection.close()
            self._open.clear()
