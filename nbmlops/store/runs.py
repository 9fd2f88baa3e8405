"""Runs: what was found in the histories, kept so that it can be searched without reading them again."""

from __future__ import annotations

import dataclasses
import math
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.core.encoding import load
from nbmlops.core.run import MetricValue, Run, RunQuery
from nbmlops.errors import UsageError
from nbmlops.store.records import plain_text, write_record

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Runs", "read_condition"]

_CONDITION = re.compile(
    r"\s*(?P<metric>[\w.@ -]+?)\s*(?P<sign><=|>=|=|<|>)\s*"
    r"(?P<value>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*"
)

_AT_ONCE = 10_000


def read_condition(text: str) -> tuple[str, str, float]:
    """Return the metric, the sign and the number of a condition such as ``accuracy > 0.8``."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise UsageError(f"'{text}' is no condition.", "Write a metric, a sign and a number: `accuracy>0.8`.")
    return match["metric"], match["sign"], float(match["value"])


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
            connection.execute("delete from runs where history = ?", (history,))
            connection.execute("delete from run_readings where history = ?", (history,))

    @staticmethod
    def _add(connection: sqlite3.Connection, history: str, run: Run) -> None:
        record = write_record(dataclasses.replace(run, metrics=()))
        row = connection.execute(
            "insert into runs (run, history, experiment, started, record) values (?, ?, ?, ?, ?)",
            (run.id, history, plain_text(run.experiment), run.started, record),
        ).lastrowid
        connection.executemany(
            "insert into run_metrics values (?, ?, ?, ?, ?, ?)",
            [
                (row, position, plain_text(m.name), m.value, plain_text(m.function), m.execution)
                for position, m in enumerate(run.metrics)
            ],
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
        for row, name, value, function, execution in self.database.rows(
            "select m.run, m.name, m.value, m.function, m.execution from run_metrics m "
            f"join runs r on r.id = m.run where r.run in ({marks}) order by m.run, m.position",
            ids,
        ):
            number = math.nan if value is None else value  # SQLite knows no NaN
            metrics.setdefault(row, []).append(MetricValue(name, number, function, execution))
        for row, run, record in self.database.rows(
            f"select id, run, record from runs where run in ({marks}) order by id", ids
        ):
            known = tuple(metrics.get(row, ()))
            found[run].append(dataclasses.replace(load(Run, record), metrics=known))

    def _choose(self, query: RunQuery) -> Sequence[str]:
        """Return the ids of the runs that a query asks for, in order."""
        parameters: list[str | float | int] = []
        tables, conditions = "runs r", ["true"]
        order = "r.started desc, r.id desc"
        if query.sort is not None:
            tables = "run_metrics s cross join runs r on r.id = s.run"
            conditions.append("s.name = ?")
            parameters.append(plain_text(query.sort))
            order = f"s.value {'desc' if query.descending else 'asc'}"
        for metric, sign, value in (read_condition(text) for text in query.conditions):
            conditions.append(
                "exists (select 1 from run_metrics m "
                f"where m.run = r.id and +m.name = ? and +m.value {sign} ?)"
            )
            parameters += [plain_text(metric), value]
        if query.experiment is not None:
            conditions.append("r.experiment = ?")
            parameters.append(plain_text(query.experiment))
        rows = self.database.rows(
            f"select r.run from {tables} where {' and '.join(conditions)} order by {order} limit ?",
            (*parameters, -1 if query.limit is None else 2 * query.limit),
        )
        return list(dict.fromkeys(run for (run,) in rows))[: query.limit]
