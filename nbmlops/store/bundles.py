"""Bundles: one history with all that it mentions as a file, looked at in quarantine before it is taken in."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.core.clock import new_id, now
from nbmlops.errors import StoreError, UsageError
from nbmlops.store.contents import show_size
from nbmlops.store.failures import translate_errors
from nbmlops.store.opening import open_store
from nbmlops.store.ownership import leave_store
from nbmlops.store.place import HEADER
from nbmlops.values.boundaries import CHUNK

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["QUARANTINE", "merge_bundle", "quarantine_bundle", "require_bundle", "write_bundle"]

QUARANTINE = "quarantine"
"""The folder beside a store in which foreign bundles wait."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST = 4 * CHUNK
_EXECUTIONS = (
    "select number, record from main.executions where history = :history union all "
    "select e.number, e.record from main.executions e join main.histories h on h.id = :history "
    "where e.history = json_extract(h.record, '$.origin') and e.number <= json_extract(h.record, '$.until') "
    "and e.number not in (select number from main.executions where history = :history)"
)
"""What a history executed, with what it has of the one that it was forked from."""


def write_bundle(database: Database, history: str, what: str, target: Path) -> int:
    """Write a history, and every content that it mentions, as a store of its own; return its size."""
    target = target.absolute()
    if target.exists():
        raise UsageError(f"The file '{target}' is there already.", "Name a new one.")
    unfinished = target.with_name(f".{target.name}.{new_id()}")
    try:
        with open_store(unfinished) as empty:
            leave_store(empty.database)
        with translate_errors(target):
            connection = database.connection()
            connection.execute("attach ? as bundle", (str(unfinished),))
            try:
                connection.execute("begin immediate")
                _copy_history(connection, history)
                connection.execute("insert into bundle.origins values ('bundle', ?)", (f"{what} {now()}",))
                connection.execute("commit")
            finally:
                if connection.in_transaction:
                    connection.execute("rollback")
                connection.execute("detach bundle")
        with open_store(unfinished) as made:
            made.database.connection().execute("pragma wal_checkpoint(truncate)")
        unfinished.rename(target)
    finally:
        for file in unfinished.parent.glob(unfinished.name + "*"):
            file.unlink()
    return target.stat().st_size


def _copy_history(connection: sqlite3.Connection, history: str) -> None:
    digests = _list_digests(connection, history)
    connection.execute("create temp table chosen (id integer primary key)")
    rows = connection.execute("select id, digest from main.contents where size >= 0").fetchall()
    connection.executemany("insert into temp.chosen values (?)", [(i,) for i, d in rows if d in digests])
    connection.execute(
        "with recursive reach(id) as (select id from temp.chosen union select part "
        "from main.content_parts join reach on content = reach.id) "
        "insert or ignore into temp.chosen select id from reach"
    )
    mine = "in (select id from temp.chosen)"
    for statement in (
        f"insert into bundle.contents select * from main.contents where id {mine}",
        f"insert into bundle.chunks select * from main.chunks where id in "
        f"(select chunk from main.content_chunks where content {mine})",
        f"insert into bundle.content_chunks select * from main.content_chunks where content {mine}",
        f"insert into bundle.content_parts select * from main.content_parts where content {mine}",
        f"insert into bundle.tables select * from main.tables where content in "
        f"(select digest from main.contents where id {mine})",
        "drop table temp.chosen",
    ):
        connection.execute(statement)
    for table, column in _list_tables():
        query = f"insert into bundle.{table} select * from main.{table} where {column} "
        chosen = "= (select environment from main.histories where id = ?)" if column == "digest" else "= ?"
        connection.execute(query + chosen, (history,))
    connection.execute(
        f"insert into bundle.executions select :history, number, record from ({_EXECUTIONS})",
        {"history": history},
    )


def _list_tables() -> Iterator[tuple[str, str]]:
    """Yield the tables of a history's records, each with the column that tells whose they are."""
    yield from (("environments", "digest"), ("histories", "id"), ("bindings", "history"))
    yield from (("saved_values", "history"), ("revisions", "history"))


def _list_digests(connection: sqlite3.Connection, history: str) -> set[str]:
    found: set[str] = set()
    for query in (
        f"select record from ({_EXECUTIONS})",
        "select content from main.saved_values where history = :history and content is not null",
    ):
        for (text,) in connection.execute(query, {"history": history}):
            found.update(_DIGEST.findall(text))
    return found


def quarantine_bundle(bundle: Path, store: Path, cap: int) -> Path:
    """Copy a foreign bundle beside a store, where nothing in it is run or opened; return the copy.

    Raises `StoreError` where it is no bundle: another schema, triggers or views of its own, chunks that
    unpack to more than they may, or contents that are not what their digests say.
    """
    bundle = bundle.absolute()
    require_bundle(bundle)
    folder = store.parent / QUARANTINE
    folder.mkdir(mode=0o700, exist_ok=True)
    copy = folder / f"{new_id()}.db"
    try:
        with translate_errors(bundle):
            connection = sqlite3.connect(f"{bundle.as_uri()}?mode=ro&immutable=1", uri=True)
            try:
                connection.execute("pragma trusted_schema = off")
                connection.execute("pragma cell_size_check = on")
                _require_sound(connection, bundle, cap)
                connection.execute("vacuum into ?", (str(copy),))
            finally:
                connection.close()
        copy.chmod(0o600)
        with open_store(copy, create=False) as opened:
            opened.database.write("insert or replace into origins values ('received', ?)", (now(),))
            faults = opened.check()
        if faults:
            raise StoreError(f"'{bundle}' is damaged: {faults[0]}", "Ask for it again.")
    except BaseException:
        for file in folder.glob(copy.name + "*"):
            file.unlink()
        raise
    return copy


def require_bundle(bundle: Path) -> None:
    """Refuse, as `StoreError`, a path at which there is no bundle; nothing is opened or made."""
    ask = "Ask for the file that `nbmlops bundle RUN FILE` wrote."
    if not bundle.exists():
        raise StoreError(f"There is no file '{bundle}'.", ask)
    if not bundle.is_file() or not bundle.stat().st_size:
        raise StoreError(f"'{bundle}' is no bundle: it is {'empty' if bundle.is_file() else 'no file'}.", ask)
    with bundle.open("rb") as file:
        if not file.read(16).startswith(HEADER):
            raise StoreError(f"'{bundle}' is no bundle: it is not an SQLite file.", ask)


def _require_sound(connection: sqlite3.Connection, bundle: Path, cap: int) -> None:
    with tempfile.TemporaryDirectory(prefix="nbmlops-schema-") as name:
        fresh = Path(name) / "store.db"
        with open_store(fresh) as store:
            expected = _read_schema(store.database.connection())
    if _read_schema(connection) != expected:
        raise StoreError(
            f"'{bundle}' is no bundle of this version of nbmlops.",
            "Write it and read it with the same version.",
        )
    if connection.execute("pragma integrity_check").fetchone()[0] != "ok":
        raise StoreError(f"'{bundle}' is damaged.", "Ask for it again.")
    largest, whole = connection.execute("select max(size), sum(size) from chunks").fetchone()
    total = connection.execute("select coalesce(max(size), 0) from contents").fetchone()[0]
    if (largest or 0) > _MOST or max(whole or 0, total) > cap:
        raise StoreError(
            f"'{bundle}' unpacks to {show_size(max(whole or 0, total, largest or 0))}: too much.",
            "Ask for a smaller one, or raise `store_cap`.",
        )


def _read_schema(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    query = "select type, name, tbl_name, coalesce(sql, '') from sqlite_master order by 1, 2"
    return [row for row in connection.execute(query).fetchall() if not row[1].startswith("sqlite_stat")]


def merge_bundle(database: Database, copy: Path) -> tuple[str, ...]:
    """Take what a quarantined bundle holds into a store; return its histories."""
    with open_store(copy, create=False) as opened:
        faults = opened.check()
        if faults:
            raise StoreError(f"'{copy}' is damaged: {faults[0]}", "Ask for it again.")
        histories = tuple(header.id for header in opened.histories.list_headers())
    with translate_errors(database.path):
        connection = database.connection()
        connection.execute("attach ? as bundle", (str(copy),))
        try:
            connection.execute("begin immediate")
            for history in histories:
                if connection.execute("select 1 from main.histories where id = ?", (history,)).fetchone():
                    raise UsageError(f"The store holds history {history} already.", "There is nothing to do.")
            _take_contents(connection)
            _take_records(connection)
            connection.execute("commit")
        finally:
            if connection.in_transaction:
                connection.execute("rollback")
            connection.execute("detach bundle")
    return histories


def _take_contents(connection: sqlite3.Connection) -> None:
    new = "not in (select digest from main.contents where size >= 0)"
    for statement in (
        "insert or ignore into main.chunks (digest, size, packed, raw) "
        "select digest, size, packed, raw from bundle.chunks",
        f"create temp table fresh as select id, digest from bundle.contents where digest {new}",
        "insert into main.contents (digest, size, woven) select digest, size, woven from bundle.contents "
        "where id in (select id from temp.fresh) on conflict (digest) do update set "
        "size = excluded.size, woven = excluded.woven",
        "insert into main.content_chunks select own.id, k.position, c.id from temp.fresh f "
        "join bundle.content_chunks k on k.content = f.id join bundle.chunks b on b.id = k.chunk "
        "join main.chunks c on c.digest = b.digest join main.contents own on own.digest = f.digest",
        "insert into main.content_parts select own.id, p.position, part.id from temp.fresh f "
        "join bundle.content_parts p on p.content = f.id join bundle.contents b on b.id = p.part "
        "join main.contents part on part.digest = b.digest join main.contents own on own.digest = f.digest",
        "insert or ignore into main.tables select * from bundle.tables",
        "drop table temp.fresh",
    ):
        connection.execute(statement)


def _take_records(connection: sqlite3.Connection) -> None:
    connection.execute("insert or ignore into main.environments select * from bundle.environments")
    for table in ("histories", "executions", "bindings"):
        connection.execute(f"insert into main.{table} select * from bundle.{table}")
    columns = "history, execution, name, content, record"
    connection.execute(f"insert into main.saved_values ({columns}) select {columns} from bundle.saved_values")
