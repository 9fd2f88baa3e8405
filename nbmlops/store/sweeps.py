"""Sweeps: which cells were run with many values, and the histories of their children."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.core.encoding import load
from nbmlops.core.sweep import SweepChild, SweepReport
from nbmlops.store.records import write_record

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Sweeps"]


@dataclass(frozen=True, slots=True)
class Sweeps:
    """The sweeps of a store; each attempt at one has a number of its own."""

    database: Database

    def begin(self, report: SweepReport) -> int:
        """Keep a sweep, with the children that it has already, and return the number of this attempt."""
        record = write_record(dataclasses.replace(report, children=()))
        with self.database.transaction() as connection:
            attempt = connection.execute(
                "insert into sweeps (sweep, history, execution, record) values (?, ?, ?, ?)",
                (report.id, report.history, report.execution, record),
            ).lastrowid
            for child in report.children:
                self.add_child(attempt or 0, child)
        return attempt or 0

    def add_child(self, attempt: int, child: SweepChild) -> None:
        """Keep what came of a child, and let the runs of the history that swept be found anew."""
        with self.database.transaction() as connection:
            connection.execute(
                "insert into sweep_children values (?, ?, ?, ?)",
                (attempt, child.number, child.history, write_record(child)),
            )
            connection.execute(
                "delete from run_readings where history = (select history from sweeps where id = ?)",
                (attempt,),
            )

    def list_of(self, history: str) -> tuple[SweepReport, ...]:
        """Return the sweeps of a history, the oldest first."""
        rows = self.database.rows("select id, record from sweeps where history = ? order by id", (history,))
        return tuple(self._load(attempt, record) for attempt, record in rows)

    def list_alike(self, experiment: str) -> tuple[SweepReport, ...]:
        """Return the attempts at sweeps of an experiment, the newest first."""
        rows = self.database.rows(
            "select id, record from sweeps where json_extract(record, '$.experiment') = ? order by id desc",
            (experiment,),
        )
        return tuple(self._load(attempt, record) for attempt, record in rows)

    def find_child(self, history: str) -> tuple[str, SweepChild] | None:
        """Return the sweep that a history is a child of, and what came of it."""
        row = self.database.row(
            "select s.sweep, c.record from sweep_children c join sweeps s on s.id = c.sweep "
            "where c.history = ? order by s.id limit 1",
            (history,),
        )
        return (row[0], load(SweepChild, row[1])) if row else None

    def forget(self, history: str) -> None:
        """Take out the sweeps of a history, and what was kept of it as a child."""
        with self.database.transaction() as connection:
            mine = "(select id from sweeps where history = ?)"
            connection.execute(f"delete from sweep_children where sweep in {mine}", (history,))
            connection.execute("delete from sweeps where history = ?", (history,))
            connection.execute("delete from sweep_children where history = ?", (history,))

    def _load(self, attempt: int, record: str) -> SweepReport:
        rows = self.database.rows(
            "select record from sweep_children where sweep = ? order by number", (attempt,)
        )
        children = tuple(load(SweepChild, found) for (found,) in rows)
        return dataclasses.replace(load(SweepReport, record), children=children)
