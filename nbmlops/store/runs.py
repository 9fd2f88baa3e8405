"""Runs: what was found in the histories, kept so that it can be searched without reading them again."""

from __future__ import annotations

import dataclasses
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.core.encoding import decode, encode, load
from nbmlops.core.run import MetricValue, Run, RunQuery
from nbmlops.store.conditions import clause_of
from nbmlops.store.filters import read_filter
from nbmlops.store.records import plain_text, write_record

if TYPE_CHECKING:
    from nbmlops.core.learned import Scalar
    from nbmlops.store.database import Database

__all__ = ["Runs"]

_AT_ONCE = 10_000
_TAG = "tag "


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a store."""

    database: Database

    def list_unread(self, edition: int) -> tuple[str, ...]:
        """Return the histories in which something was executed since their runs were found in this manner."""
        rows = self.database.rows(
            "select h.id from histories h left join run_readings r on r.history = h.id "
            "where r.executions is null or r.edition <> ? or (r.ended = 0 and (h.ended is not null "
            "or r.executions <> (select coalesce(max(number), 0) from executions e where e.history = h.id)))",
            (edition,),
        )
        return tuple(history for (history,) in rows)

    def keep(self, history: str, runs: Iterable[Run], executions: int, ended: bool, edition: int) -> None:
        """Keep the runs of a history as an edition of the finder found them in its first executions."""
        with self.database.transaction() as connection:
            self.drop(history)
            for run in runs:
                self._add(connection, history, run)
            connection.execute(
                "insert or replace into run_readings values (?, ?, ?, ?)",
                (history, executions, ended, edition),
            )

    def drop(self, history: str) -> None:
        """Take the runs of a history out, as if it had not been read."""
        with self.database.transaction() as connection:
            mine = "(select id from runs where history = ?)"
            connection.execute(f"delete from run_metrics where run in {mine}", (history,))
            connection.execute(f"delete from run_parameters where run in {mine}", (history,))
            connection.execute("delete from runs where history = ?", (history,))
            connection.execute("delete from run_readings where history = ?", (history,))

    def forget(self, history: str) -> None:
        """Take the runs of a history out, with what was said of those that no other history has."""
        with self.database.transaction() as connection:
            connection.execute(
                "delete from run_marks where run in (select run from runs where history = ?1) "
                "and run not in (select run from runs where history <> ?1)",
                (history,),
            )
            self.drop(history)

    @staticmethod
    def _add(connection: sqlite3.Connection, history: str, run: Run) -> None:
        record = write_record(dataclasses.replace(run, metrics=()))
        row = connection.execute(
            "insert into runs (run, history, experiment, started, record, parent) values (?, ?, ?, ?, ?, ?)",
            (run.id, history, plain_text(run.experiment), run.started, record, run.parent),
        ).lastrowid
        connection.executemany(
            "insert into run_metrics values (?, ?, ?, ?, ?, ?, ?)",
            [
                (row, at, plain_text(m.name), m.value, plain_text(m.function), m.execution, _write_points(m))
                for at, m in enumerate(run.metrics)
            ],
        )
        connection.executemany(
            "insert or replace into run_parameters values (?, ?, ?, ?)",
            [(row, plain_text(name), *_write_parameter(value)) for name, value in run.parameters],
        )

    def search(self, query: RunQuery) -> tuple[Run, ...]:
        """Return the runs that meet every condition, each with all its occurrences, in the order asked for.

        The same run may come from several histories: then there are as many of one id.
        """
        chosen = self._choose(query)
        if not chosen:
            return ()
        found: dict[str, list[Run]] = {run: [] for run in chosen}
        for first in range(0, len(chosen), _AT_ONCE):
            self._load(chosen[first : first + _AT_ONCE], found)
        return tuple(run for runs in found.values() for run in runs)

    def _load(self, ids: Sequence[str], found: dict[str, list[Run]]) -> None:
        marks = ", ".join("?" * len(ids))
        metrics: dict[int, list[MetricValue]] = {}
        for row, name, value, function, execution, points in self.database.rows(
            "select m.run, m.name, m.value, m.function, m.execution, m.points from run_metrics m "
            f"join runs r on r.id = m.run where r.run in ({marks}) order by m.run, m.position",
            ids,
        ):
            number = math.nan if value is None else value  # SQLite knows no NaN
            series = () if points is None else decode(tuple[float, ...], json.loads(points))
            metrics.setdefault(row, []).append(MetricValue(name, number, function, execution, series))
        said = self._load_marks(ids)
        for row, run, record in self.database.rows(
            f"select id, run, record from runs where run in ({marks}) order by id", ids
        ):
            known = tuple(metrics.get(row, ()))
            found[run].append(dataclasses.replace(load(Run, record), metrics=known, **said.get(run, {})))

    def _load_marks(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what people said of some runs, as fields of their records."""
        found: dict[str, dict[str, Any]] = {}
        marks = ", ".join("?" * len(ids))
        for run, key, value in self.database.rows(
            f"select run, key, value from run_marks where run in ({marks}) order by run, key", ids
        ):
            said = found.setdefault(run, {})
            if key.startswith(_TAG):
                said["tags"] = (*said.get("tags", ()), (key.removeprefix(_TAG), value))
            else:
                said[key] = value if key == "note" else True
        return found

    def mark(self, run: str, key: str, value: str | None, at: str) -> None:
        """Note what somebody says of a run (``note``, ``pinned``, a tag ...), or take it back."""
        with self.database.transaction() as connection:
            if value is None:
                connection.execute("delete from run_marks where run = ? and key = ?", (run, key))
            else:
                row = (run, plain_text(key), plain_text(value), at)
                connection.execute("insert or replace into run_marks values (?, ?, ?, ?)", row)

    def knows_number(self, name: str) -> bool:
        """Say whether any run can be sorted by a name."""
        if name == "started" or not self.database.row("select 1 from runs limit 1"):
            return True
        tables, _, conditions, values = self._order(RunQuery(sort=name))
        asked = f"select 1 from {tables} where {' and '.join(conditions)} limit 1"
        return self.database.row(asked, values) is not None

    def parent_of(self, run: str) -> str | None:
        """Return the run of the search that tried a run, if one did."""
        row = self.database.row("select parent from runs where run = ? limit 1", (run,))
        return row[0] if row else None

    def find_number(self, text: str) -> Iterator[str]:
        """Yield the runs with a metric that is a number as it was shown, the newest first."""
        try:
            number = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            return
        digits = len(text.rstrip("%").partition(".")[2]) + (2 if text.endswith("%") else 0)
        half = 0.5 * 10.0**-digits
        rows = self.database.rows(
            "select r.run from run_metrics m join runs r on r.id = m.run "
            "where m.value between ? and ? and r.parent is null order by r.started desc, r.id desc",
            (number - half, number + half),
        )
        yield from (run for (run,) in rows)

    def resolve(self, text: str) -> str | None:
        """Return the id of the run that an id, or the unique beginning of one, stands for."""
        escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        rows = self.database.rows(
            "select distinct run from runs where run = ? or (run like ? escape '\\' and parent is null)",
            (text, f"{escaped}%"),
        )
        found = {run for (run,) in rows}
        return text if text in found else found.pop() if len(found) == 1 else None

    def _choose(self, query: RunQuery) -> Sequence[str]:
        """Return the ids of the runs that a query asks for, in order."""
        tables, order, conditions, values = self._order(query)
        for text in query.conditions:
            sql, parameters = clause_of(read_filter(text))
            conditions.append(sql)
            values += parameters
        if query.experiment is not None:
            conditions.append("r.experiment = ?")
            values.append(plain_text(query.experiment))
        if query.parent is None:
            conditions.append("r.parent is null")
        else:
            conditions.append("r.parent = ?")
            values.append(query.parent)
        if not query.archived:
            conditions.append(
                "not exists (select 1 from run_marks a where a.run = r.run and a.key = 'archived')"
            )
        rows = self.database.rows(
            f"select r.run from {tables} where {' and '.join(conditions)} order by {order} limit ?",
            (*values, -1 if query.limit is None else 2 * query.limit),
        )
        return list(dict.fromkeys(run for (run,) in rows))[: query.limit]

    def _order(self, query: RunQuery) -> tuple[str, str, list[str], list[str | float]]:
        """Return the tables, the order, and the conditions that come with them."""
        direction = "desc" if query.descending else "asc"
        if query.sort is None or query.sort == "started":
            order = "r.id" if query.parent is not None else f"r.started {direction}, r.id {direction}"
            return "runs r", order, [], []
        asked = plain_text(query.sort)
        name = asked.removeprefix("parameters.").removeprefix("metrics.")
        is_metric = name == asked and self.database.row(
            "select 1 from run_metrics where name = ? limit 1", (name,)
        )
        listed = is_metric or asked.startswith("metrics.")
        table, column = ("run_metrics", "value") if listed else ("run_parameters", "number")
        tables = f"{table} s cross join runs r on r.id = s.run"
        return tables, f"s.{column} {direction}", ["s.name = ?", f"s.{column} is not null"], [name]


def _write_points(metric: MetricValue) -> str | None:
    return json.dumps(encode(metric.points)) if metric.points else None


def _write_parameter(value: Scalar) -> tuple[float | None, str]:
    """Return a parameter as a number, where it is one, and as text."""
    if value is None or isinstance(value, bool):
        return None, str(value).lower()
    if isinstance(value, str):
        return None, plain_text(value)
    try:
        return float(value), str(value)
    except OverflowError:
        return None, str(value)
