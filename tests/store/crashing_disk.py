"""A crashing disk: all that is written to a store is recorded, and what a crash would leave is rebuilt."""

from __future__ import annotations

import contextlib
import itertools
import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from nbmlops.store.database import Database
from nbmlops.store.opening import Store

__all__ = ["CrashingDatabase", "Disk", "open_on_disk"]

SECTOR = 512
_NUMBERS = itertools.count()


@dataclass
class Operation:
    """One operation on a file: `kind` is write, truncate, sync or delete."""

    file: str
    kind: str
    place: int = 0
    data: bytes = b""


@dataclass
class Disk:
    """What happened to the files of one folder, in order; `failing` is the number of a sync that fails."""

    operations: list[Operation] = field(default_factory=list)
    failing: int | None = None
    syncs: int = 0

    def note(self, path: str, kind: str, place: int = 0, data: bytes = b"") -> None:
        self.operations.append(Operation(Path(path).name, kind, place, data))

    def sync(self, path: str) -> None:
        self.syncs += 1
        if self.syncs == self.failing:
            raise apsw.IOError("the disk refuses to sync")
        self.note(path, "sync")

    def crash(self, at: int, chance: random.Random, folder: Path) -> None:
        """Write the files as a loss of power after `at` operations may leave them.

        What was synced is there. Of what was not, each write may be lost, torn at a sector or there,
        whatever its place in the order.
        """
        for name in dict.fromkeys(o.file for o in self.operations[:at]):
            lives = split_lives([o for o in self.operations[:at] if o.file == name])
            known = [i for i, life in enumerate(lives) if any(o.kind == "sync" for o in life)]
            known += [
                i + 1 for i, life in enumerate(lives) if life and life[-1].kind == "delete" and life[-1].place
            ]
            life = lives[chance.randrange(max(known, default=0), len(lives))]
            if not life or (life[-1].kind == "delete" and chance.random() < 0.5):
                continue
            content = survive(life, chance)
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)


def split_lives(operations: list[Operation]) -> list[list[Operation]]:
    """Return what happened to a file of one name from each time it was made until it was deleted."""
    lives: list[list[Operation]] = [[]]
    for operation in operations:
        lives[-1].append(operation)
        if operation.kind == "delete":
            lives.append([])
    return lives


def survive(life: list[Operation], chance: random.Random) -> bytearray:
    """Return what is left of a file: what was synced, and any of what was not, in any order."""
    synced = max((i for i, o in enumerate(life) if o.kind == "sync"), default=-1)
    content = bytearray()
    for operation in life[: synced + 1]:
        content = apply_operation(content, operation)
    share = chance.choice([1.0, 0.6, 0.1, 0.0])
    rest = [tear(o, chance) for o in life[synced + 1 :] if chance.random() < share]
    writes = [o for o in rest if o.kind == "write"]
    chance.shuffle(writes)
    for operation in [*writes, *(o for o in rest if o.kind == "truncate")]:
        content = apply_operation(content, operation)
    return content


def tear(operation: Operation, chance: random.Random) -> Operation:
    if operation.kind != "write" or chance.random() < 0.8 or len(operation.data) <= SECTOR:
        return operation
    kept = chance.randrange(1, len(operation.data) // SECTOR + 1) * SECTOR
    return Operation(operation.file, "write", operation.place, operation.data[:kept])


def apply_operation(content: bytearray, operation: Operation) -> bytearray:
    if operation.kind == "truncate":
        del content[operation.place :]
        content.extend(bytes(operation.place - len(content)))
    elif operation.kind == "write":
        content.extend(bytes(max(0, operation.place - len(content))))
        content[operation.place : operation.place + len(operation.data)] = operation.data
    return content


class _File(apsw.VFSFile):
    def __init__(self, disk, name, flags):
        self._disk = disk
        self._name = name if isinstance(name, str) else name.filename() if name else ""
        super().__init__("", name, flags)

    def xWrite(self, data, offset):  # noqa: N802 - SQLite's own name
        super().xWrite(data, offset)
        self._disk.note(self._name, "write", offset, bytes(data))

    def xTruncate(self, size):  # noqa: N802 - SQLite's own name
        super().xTruncate(size)
        self._disk.note(self._name, "truncate", size)

    def xSync(self, flags):  # noqa: N802 - SQLite's own name
        self._disk.sync(self._name)
        super().xSync(flags)


class _Vfs(apsw.VFS):
    def __init__(self, name, disk):
        self._disk = disk
        super().__init__(name, "")

    def xOpen(self, name, flags):  # noqa: N802 - SQLite's own name
        return _File(self._disk, name, flags)

    def xDelete(self, filename, syncdir):  # noqa: N802 - SQLite's own name
        super().xDelete(filename, syncdir)
        self._disk.note(filename, "delete", int(syncdir))


class _Connection:
    """As much of `sqlite3.Connection` as the store uses, on a file system of one's own."""

    def __init__(self, path: str, vfs: str) -> None:
        self._connection = apsw.Connection(path, vfs=vfs)
        self._connection.setbusytimeout(1000)

    def execute(self, statement, parameters=()):
        with told_alike():
            cursor = self._connection.execute(statement, tuple(parameters))
            return _Cursor(cursor, self._connection.last_insert_rowid())

    def executemany(self, statement, rows):
        with told_alike():
            self._connection.executemany(statement, [tuple(row) for row in rows])

    def executescript(self, script):
        self.execute(script)

    @property
    def in_transaction(self):
        return self._connection.in_transaction

    def close(self):
        with told_alike():
            self._connection.close()


class _Cursor:
    def __init__(self, cursor, row):
        self._cursor, self.lastrowid = cursor, row

    def fetchone(self):
        with told_alike():
            return self._cursor.fetchone()

    def fetchall(self):
        with told_alike():
            return self._cursor.fetchall()

    def __iter__(self):
        return iter(self.fetchall())


@contextlib.contextmanager
def told_alike():
    try:
        yield
    except apsw.Error as error:
        told = sqlite3.OperationalError(str(error))
        told.sqlite_errorcode = apsw.SQLITE_IOERR if isinstance(error, apsw.IOError) else 1
        raise told from error


class CrashingDatabase(Database):
    """A database whose file system is recorded."""

    def __init__(self, path: Path, disk: Disk, journal: str) -> None:
        super().__init__(path, journal)
        self._name = f"crashing-{next(_NUMBERS)}"
        self._vfs = _Vfs(self._name, disk)

    def _connect(self):
        connection = _Connection(str(self.path), self._name)
        self._configure(connection)
        connection.execute("pragma wal_autocheckpoint = 40").fetchall()
        return self._remember(connection)


def open_on_disk(path: Path, disk: Disk, journal: str = "wal") -> Store:
    """Open a store that was made before, on a disk that is recorded from its present content on."""
    for file in path.parent.glob(path.name + "*"):
        disk.note(str(file), "write", 0, file.read_bytes())
        disk.note(str(file), "sync")
    return Store(CrashingDatabase(path, disk, journal), 2**30, 2**40, ())
