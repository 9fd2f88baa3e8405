"""Garbage: contents that no record mentions, found by what the records say, and taken out for good."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.store.contents import GONE, Contents

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Garbage", "Sparing"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_RECORDS = (
    "select record from versions",
    "select record from proofs",
    "select recipe || ' ' || files from exports",
    "select files from exports where recipe is null",
    "select record from reports",
    "select record from histories",
    "select files from exchanged",
    "select record from foreign_versions",
    "select record from sweeps",
)


@dataclass(frozen=True, slots=True)
class Sparing:
    """What of one history is still needed: the values of `names`, and what `executions` mention."""

    history: str
    names: frozenset[str]
    executions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Garbage:
    """The contents of a store that nothing needs."""

    database: Database

    def drop(
        self,
        spared: Collection[Sparing] = (),
        apply: bool = False,
        unwanted: Collection[str] = (),
    ) -> tuple[int, int]:
        """Return how many contents nothing mentions, and their packed bytes; take them out with `apply`.

        Of the histories in `spared` only what they list counts as mentioned, and their other values
        lose their bytes. What is `unwanted` goes though it is mentioned.
        """
        with self.database.transaction() as connection:
            if apply:
                _release_values(connection, spared)
            digests = self._list_mentions(connection, spared) - set(unwanted)
            _mark_reached(connection, digests)
            count, size = _measure_unreached(connection)
            if apply:
                _delete_unreached(connection)
            connection.execute("drop table temp.reached")
        return count, size

    def _list_mentions(self, connection: sqlite3.Connection, spared: Collection[Sparing]) -> set[str]:
        found: set[str] = set()
        for query in _RECORDS:
            for (text,) in connection.execute(query):
                found.update(_DIGEST.findall(text or ""))
        known = {sparing.history: sparing for sparing in spared}
        for history, number, record in connection.execute("select history, number, record from executions"):
            if history not in known or number in known[history].executions:
                found.update(_DIGEST.findall(record))
        for history, name, content in connection.execute("select history, name, content from saved_values"):
            if content and (history not in known or name in known[history].names):
                found.add(content)
        rows = connection.execute("select recipe from versions union select recipe from exports")
        recipes = {recipe for (recipe,) in rows if recipe}
        contents = Contents(self.database, 0, 0)
        for recipe in recipes:
            found.add(recipe)
            if not contents.has(recipe):
                continue
            found.update(_DIGEST.findall(contents.get(recipe).decode("utf-8", "replace")))
        return found


def _release_values(connection: sqlite3.Connection, spared: Collection[Sparing]) -> None:
    for sparing in spared:
        rows = connection.execute(
            "select id, name, record from saved_values where history = ? and content is not null",
            (sparing.history,),
        ).fetchall()
        for row, name, _ in rows:
            if name not in sparing.names:
                connection.execute(
                    "update saved_values set content = null, record = json_set(record, '$.content', null, "
                    "'$.note', 'its bytes were let go by gc') where id = ?",
                    (row,),
                )


def _mark_reached(connection: sqlite3.Connection, digests: set[str]) -> None:
    connection.execute("create temp table reached (id integer primary key)")
    rows = connection.execute("select id, digest from contents").fetchall()
    connection.executemany(
        "insert into temp.reached values (?)", [(row,) for row, digest in rows if digest in digests]
    )
    connection.execute(
        "with recursive reach(id) as (select id from temp.reached union "
        "select part from content_parts join reach on content = reach.id) "
        "insert or ignore into temp.reached select id from reach"
    )


def _measure_unreached(connection: sqlite3.Connection) -> tuple[int, int]:
    count = connection.execute(
        "select count(*) from contents where id not in (select id from temp.reached) "
        "and id not in (select part from content_parts)"
    ).fetchone()[0]
    size = connection.execute(
        "select coalesce(sum(length(packed)), 0) from chunks where id not in "
        "(select chunk from content_chunks where content in (select id from temp.reached))"
    ).fetchone()[0]
    return int(count), int(size)


def _delete_unreached(connection: sqlite3.Connection) -> None:
    for statement in _list_deletions():
        connection.execute(statement)


def _list_deletions() -> Iterator[str]:
    gone = "not in (select id from temp.reached)"
    yield f"delete from tables where content in (select digest from contents where id {gone})"
    yield f"delete from content_parts where content {gone}"
    yield f"delete from content_chunks where content {gone}"
    yield "delete from chunks where id not in (select chunk from content_chunks)"
    versions = "select artifact from versions union select recipe from versions where recipe is not null"
    held = f"{versions} union select recipe from exports where recipe is not null"
    yield f"update contents set size = {GONE} where id {gone} and digest in ({held})"
    yield f"delete from contents where id {gone} and size <> {GONE}"
