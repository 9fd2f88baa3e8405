"""Forgetting: values, files and whole histories lose their bytes, and a tombstone says so."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.core.clock import now
from nbmlops.core.encoding import load
from nbmlops.core.history import Execution
from nbmlops.core.value import SavedValue
from nbmlops.store.garbage import Garbage
from nbmlops.store.moving import shrink_store
from nbmlops.store.records import write_record
from nbmlops.store.runs import Runs
from nbmlops.store.sweeps import Sweeps

if TYPE_CHECKING:
    import sqlite3

    from nbmlops.store.database import Database

__all__ = ["FORGOTTEN", "Forgetting"]

FORGOTTEN = "[forgotten]"
"""What stands where the text of a cell was."""


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What a store was told to forget."""

    database: Database

    def forget_contents(
        self, what: str, contents: Collection[str], described: tuple[str, str] | None = None
    ) -> int:
        """Take out contents, whoever mentions them, and every kept value that has them; return its records.

        Afterwards their bytes are neither in the file nor in its log. `described` are a history and a name
        whose digests and profiles go as well.
        """
        with self.database.transaction() as connection:
            rows = connection.execute(
                "select id, record from saved_values where content is null and history = ? and name = ?",
                described or ("", ""),
            ).fetchall()
            rows += [
                row
                for content in contents
                for row in connection.execute(
                    "select id, record from saved_values where content = ?", (content,)
                ).fetchall()
            ]
            for row, record in rows:
                self._release(row, load(SavedValue, record))
            self._bury(what)
            Garbage(self.database).drop(apply=True, unwanted=contents)
        shrink_store(self.database)
        return len(rows)

    def forget_history(self, history: str) -> int:
        """Take out all values, texts and evidence of a history; its number of executions stays.

        What was forked from it, as the children of its sweeps, goes with it.
        What of it versions and exports hold stays with them.
        """
        with self.database.transaction() as connection:
            forks = connection.execute(
                "select id from histories where json_extract(record, '$.origin') = ?", (history,)
            ).fetchall()
            emptied = sum(self._empty_history(connection, one) for one in (history, *(f for (f,) in forks)))
            self._bury(f"history {history}")
            Garbage(self.database).drop(apply=True)
        shrink_store(self.database)
        return emptied

    def _empty_history(self, connection: sqlite3.Connection, history: str) -> int:
        """Take out what was kept of one history; return how many records of it there were."""
        rows = connection.execute(
            "select id, record from saved_values where history = ?", (history,)
        ).fetchall()
        for row, record in rows:
            self._release(row, load(SavedValue, record))
        executions = connection.execute(
            "select number, record from executions where history = ?", (history,)
        ).fetchall()
        for number, record in executions:
            found = load(Execution, record)
            empty = dataclasses.replace(found, source=FORGOTTEN, heading=None, step=None, statements=())
            connection.execute(
                "update executions set record = ? where history = ? and number = ?",
                (write_record(empty), history, number),
            )
        connection.execute("delete from bindings where history = ?", (history,))
        connection.execute("delete from revisions where history = ?", (history,))
        connection.execute(
            "update exchanged set marks = '{}', files = '{}' where place in "
            "(select place from sources where history = ?)",
            (history,),
        )
        Runs(self.database).forget(history)
        Sweeps(self.database).forget(history)
        return len(rows) + len(executions)

    def list_tombstones(self) -> tuple[tuple[str, str], ...]:
        """Return what was forgotten and when, the oldest first."""
        return tuple(self.database.rows("select what, at from tombstones order by id"))

    def find_sharing(self, contents: Collection[str]) -> tuple[str, ...]:
        """Return other kept values that consist in part of the same bytes."""
        found: set[str] = set()
        for content in contents:
            found |= set(self._find_sharing(content))
        return tuple(sorted(found))

    def _find_sharing(self, content: str) -> Iterable[str]:
        rows = self.database.rows(
            "with recursive mine(id) as (select id from contents where digest = :digest "
            "union select part from content_parts join mine on content = mine.id), "
            "theirs(id) as (select content from content_chunks where chunk in "
            "(select chunk from content_chunks where content in (select id from mine)) "
            "union select content from content_parts join theirs on part = theirs.id) "
            "select distinct s.name, s.execution, s.history from theirs join contents c on c.id = theirs.id "
            "join saved_values s on s.content = c.digest where c.digest <> :digest",
            {"digest": content},
        )
        return [f"{name}@{execution} of history {history}" for name, execution, history in rows]

    def _release(self, row: int, value: SavedValue) -> None:
        note = f"forgotten on {now()[:10]}"
        released = dataclasses.replace(value, digest=None, content=None, size=0, note=note, profile=None)
        self.database.write(
            "update saved_values set content = null, record = ? where id = ?", (write_record(released), row)
        )

    def _bury(self, what: str) -> None:
        self.database.write("insert into tombstones (what, at) values (?, ?)", (what, now()))
