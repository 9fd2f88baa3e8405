"""Runs: what was found in the histories, kept so that it can be searched without reading them again."""

from __future__ import annotations

import dataclasses
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
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
_MOST_DIGITS = 300
_TAG = "tag "


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a store."""

    database: Database

    def list_unread(self, edition: int) -> tuple[str, ...]:
        """Return the histories in which something was executed since their runs were found in this manner."""
        rows = self.database.rows(
            "select h.id from histories h left join run_readings r on r.history = h.id "
            "where not exists (select 1 from sources s where s.history = h.id) and "
            "(r.executions is null or r.edition <> ? or (r.ended = 0 and (h.ended is not null "
            "or r.executions <> (select coalesce(max(number), 0) from executions e "
            "where e.history = h.id))))",
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

    def replace(self, run: Run) -> None:
        """Keep a run of its history in the place of what was kept of it before."""
        with self.database.transaction() as connection:
            mine = "(select id from runs where history = ? and run = ?)"
            for table in ("run_metrics", "run_parameters"):
                connection.execute(f"delete from {table} where run in {mine}", (run.history, run.id))
            connection.execute("delete from runs where history = ? and run = ?", (run.history, run.id))
            self._add(connection, run.history, run)

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
                "delete from run_marks where run in (select run from runs where history = :history) "
                "and run not in (select run from runs where history <> :history)",
                {"history": history},
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
            metrics.setdefault(row, []).append(
                MetricValue(name, number, function, execution, *_read_points(points))
            )
        said = self._load_marks(ids)
        for row, run, record in self.database.rows(
            f"select id, run, record from runs where run in ({marks}) order by id", ids
        ):
            whole = dataclasses.replace(load(Run, record), metrics=tuple(metrics.get(row, ())))
            marked = said.get(run, {})
            tags = tuple((dict(whole.tags) | dict(marked.get("tags", ()))).items())
            found[run].append(dataclasses.replace(whole, **marked | {"tags": tags}))

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

    def list_parents(self) -> frozenset[str]:
        """Return the runs that tried others."""
        rows = self.database.rows("select distinct parent from runs where parent is not null")
        return frozenset(run for (run,) in rows)

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

    def list_names(self) -> dict[str, frozenset[str]]:
        """Return what the metrics, the parameters and the tags of all runs are called."""
        asked = {
            "metrics": "select distinct name from run_metrics",
            "parameters": "select distinct name from run_parameters",
            "tags": f"select distinct substr(key, {len(_TAG) + 1}) from run_marks where key like '{_TAG}%' "
            "union select json_extract(t.value, '$[0]') from runs r, json_each(r.record, '$.tags') t",
        }
        return {group: frozenset(name for (name,) in self.database.rows(sql)) for group, sql in asked.items()}

    def parts_of(self, run: str) -> tuple[Run, ...]:
        """Return a run as each history found it, whether archived or not; none of one that is not there."""
        found: dict[str, list[Run]] = {run: []}
        self._load([run], found)
        return tuple(found[run])

    def fitted_by(self, history: str, name: str, before: str) -> tuple[tuple[str, int], ...]:
        """Return the runs of a name that a history began before a time, each with where it was fitted."""
        return tuple(
            self.database.rows(
                "select run, json_extract(record, '$.fitted_at') from runs where history = ? "
                "and started <= ? and parent is null and json_valid(record) "
                "and json_extract(record, '$.model_name') = ?",
                (history, before, name),
            )
        )

    def count(self) -> int:
        """Return how many runs were found by now, without those that a search tried."""
        row = self.database.row("select count(distinct run) from runs where parent is null")
        return int(row[0]) if row else 0

    def parent_of(self, run: str) -> str | None:
        """Return the run of the search that tried a run, if one did."""
        row = self.database.row("select parent from runs where run = ? limit 1", (run,))
        return row[0] if row else None

    def find_number(self, text: str) -> Iterator[str]:
        """Yield the runs with a metric that is a number as it was shown, the newest first."""
        try:
            shown = Decimal(text.removesuffix("%")).scaleb(-2 if text.endswith("%") else 0)
        except InvalidOperation:
            return
        last = shown.as_tuple().exponent
        if not isinstance(last, int) or abs(last) > _MOST_DIGITS:
            return
        number, half = float(shown), 0.5 * 10.0**last
        rows = self.database.rows(
            "select r.run from run_metrics m join runs r on r.id = m.run "
            "where m.value between ? and ? and r.parent is null order by r.started desc, r.id desc",
            (number - half, number + half),
        )
        yield from (run for (run,) in rows)

    def find_figure(self, digest: str) -> Iterator[str]:
        """Yield the runs that a figure shows, the newest first."""
        rows = self.database.rows(
            "select r.run from runs r, json_each(r.record, '$.figures') f "
            "where json_extract(f.value, '$.digest') = ? and r.parent is null "
            "order by r.started desc, r.id desc",
            (digest,),
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
        asked = f"select r.run from {tables} where {' and '.join(conditions)} order by {order} limit ?"
        if query.limit is None:
            return list(dict.fromkeys(run for (run,) in self.database.rows(asked, (*values, -1))))
        most = 2 * query.limit
        while True:  # a run that many histories have is met as often
            rows = self.database.rows(asked, (*values, most))
            found = dict.fromkeys(run for (run,) in rows)
            if len(found) >= query.limit or len(rows) < most:
                return list(found)[: query.limit]
            most *= 4

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
        known = ["s.name = ?"] if listed else ["s.name = ?", "s.number is not null"]
        return tables, f"s.{column} {direction} nulls last", known, [name]  # null: what is no number


def _write_points(metric: MetricValue) -> str | None:
    """Return the points of a metric as JSON, each with its step where these are told."""
    if not metric.points:
        return None
    told = list(zip(metric.steps, metric.points, strict=True)) if metric.steps else metric.points
    return json.dumps(encode(told))


def _read_points(text: str | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the points of a metric, and their steps."""
    read = [] if text is None else json.loads(text)
    if read and isinstance(read[0], list):
        steps, points = zip(*decode(tuple[tuple[float, float], ...], read), strict=True)
        return points, steps
    return decode(tuple[float, ...], read), ()


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
