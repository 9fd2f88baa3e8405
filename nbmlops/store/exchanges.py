"""Exchanges: which runs and versions went to other trackers or came from them, and how they stood then."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbmlops.core.clock import now
from nbmlops.core.encoding import load
from nbmlops.core.history import Environment, History
from nbmlops.core.model import ModelVersion
from nbmlops.store.histories import Histories
from nbmlops.store.records import plain_text, write_record
from nbmlops.store.runs import Runs

if TYPE_CHECKING:
    from nbmlops.core.run import Run
    from nbmlops.store.database import Database
    from nbmlops.store.kept import Kept

__all__ = ["CODE", "Exchange", "Exchanges"]

CODE = "nbmlops/code.py"
"""The file of a run that holds its code."""

_OWNER = "exchange"


@dataclass(frozen=True, slots=True)
class Exchange:
    """How a run stood when it last went to a place or came from it: what was said of it, and its files."""

    run: str
    state: str
    marks: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exchanges:
    """What a store has exchanged with other trackers."""

    database: Database
    kept: Kept

    def name_store(self) -> str:
        """Return what this store is called where its runs are sent, always the same."""
        with self.database.transaction() as connection:
            new = os.urandom(6).hex()
            connection.execute("insert or ignore into origins values (?, ?)", (_OWNER, new))
            row = connection.execute("select value from origins where key = ?", (_OWNER,)).fetchone()
        return str(row[0])

    def find_name(self) -> str:
        """Return what this store is called elsewhere; empty while nothing was sent."""
        row = self.database.row("select value from origins where key = ?", (_OWNER,))
        return str(row[0]) if row else ""

    def find_exchange(self, place: str, run: str) -> Exchange | None:
        """Return how a run stood when it last went to a place or came from it, if it did."""
        row = self.database.row(
            "select state, marks, files from exchanged where place = ? and run = ?", (place, run)
        )
        return None if row is None else Exchange(run, row[0], json.loads(row[1]), json.loads(row[2]))

    def open_source(self, history: str, place: str) -> str:
        """Return the history that the runs of a place belong to, which executes nothing."""
        with self.database.transaction() as connection:
            row = connection.execute("select history from sources where place = ?", (place,)).fetchone()
            if row is not None:
                return str(row[0])
            at = now()
            source = History(history, place, "", at, Environment("", ""), ended=at)
            Histories(self.database, self.kept).begin(source)
            connection.execute("insert into sources values (?, ?)", (history, place))
        return history

    def place_of(self, history: str) -> str | None:
        """Return where the runs of a history come from, if they were not made here."""
        row = self.database.row("select place from sources where history = ?", (history,))
        return row[0] if row else None

    def list_sources(self) -> dict[str, str]:
        """Return the places that runs were pulled from, by the histories that they belong to."""
        return dict(self.database.rows("select history, place from sources"))

    def list_exchanged(self, place: str) -> dict[str, Exchange]:
        """Return how each run stood that went to a place or came from it."""
        rows = self.database.rows("select run, state, marks, files from exchanged where place = ?", (place,))
        return {run: Exchange(run, state, json.loads(m), json.loads(f)) for run, state, m, f in rows}

    def note(self, place: str, exchange: Exchange) -> None:
        """Keep how a run stands, now that it went to a place or came from it."""
        self.database.write(
            "insert or replace into exchanged values (?, ?, ?, ?, ?, ?)",
            (
                place,
                exchange.run,
                exchange.state,
                json.dumps(dict(exchange.marks)),
                json.dumps(dict(exchange.files)),
                now(),
            ),
        )

    def keep_run(self, place: str, run: Run, marks: Mapping[str, str | None], exchange: Exchange) -> None:
        """Keep a run as it came from a place, with what is said of it there (None: taken back)."""
        runs = Runs(self.database)
        with self.database.transaction():
            runs.replace(run)
            self.keep_marks(place, marks, exchange)

    def keep_marks(self, place: str, marks: Mapping[str, str | None], exchange: Exchange) -> None:
        """Keep what is said of a run elsewhere."""
        at, runs = now(), Runs(self.database)
        with self.database.transaction():
            for key, value in marks.items():
                runs.mark(exchange.run, key, value, at)
            self.note(place, exchange)

    def find_file(self, run: str, name: str) -> str | None:
        """Return the content of a text among the files of a run that came from elsewhere, if it is kept."""
        for (files,) in self.database.rows("select files from exchanged where run = ?", (run,)):
            digest = json.loads(files).get(name)
            if digest and self.kept.contents.has(digest):
                return self.kept.contents.get(digest).decode("utf-8", "replace")
        return None

    def keep_version(self, place: str, version: ModelVersion, state: str) -> bool:
        """Keep a version of a foreign registry; say whether it is new or has changed."""
        row = self.database.row(
            "select state from foreign_versions where place = ? and model = ? and version = ?",
            (place, plain_text(version.name), version.version),
        )
        if row is not None and row[0] == state:
            return False
        self.database.write(
            "insert or replace into foreign_versions values (?, ?, ?, ?, ?)",
            (place, plain_text(version.name), version.version, state, write_record(version)),
        )
        return True

    def list_versions(self) -> tuple[ModelVersion, ...]:
        """Return the versions of foreign registries, by place, name and number."""
        rows = self.database.rows("select record from foreign_versions order by place, model, version")
        return tuple(load(ModelVersion, record) for (record,) in rows)
