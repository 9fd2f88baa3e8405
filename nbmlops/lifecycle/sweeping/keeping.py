"""Keeping: a child becomes a history of its own, forked from the kernel's, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nbmlops.capture.secrecy import Secrecy
from nbmlops.core.clock import new_id, now
from nbmlops.core.history import Execution, History, Statement
from nbmlops.core.marks import ExperimentMark
from nbmlops.core.sweep import SweepChild, SweepReport
from nbmlops.lifecycle.sweeping.child import Came
from nbmlops.lifecycle.sweeping.planning import Plan, drop_stale
from nbmlops.store.opening import Store
from nbmlops.tracking.finding import find_runs
from nbmlops.values.pieces import Piece, Pieces

__all__ = ["Keeper"]


class Keeper:
    """Turns what children came to into records.

    Parameters
    ----------
    store
        Where they are kept.
    secrecy
        The kernel's secrets: none of them is stored.
    history
        The kernel's history, with the executions before the cell.
    cell
        The execution that sweeps, as far as it is known yet.
    report
        The sweep.
    plan
        What ran before the cell in each child.
    """

    def __init__(
        self,
        store: Store,
        secrecy: Secrecy,
        history: History,
        cell: Execution,
        report: SweepReport,
        plan: Plan,
    ) -> None:
        self._store, self._secrecy, self._history = store, secrecy, history
        self._cell, self._report, self._plan = cell, report, plan
        self._attempt = store.sweeps.begin(report)

    def keep(self, came: Came, values: Mapping[str, str]) -> SweepChild:
        """Keep a child with all that it left, and return what came of it."""
        listed = tuple(values.items())
        if not came.executions:
            child = SweepChild(came.number, listed, came.status, error=came.error)
            self._store.sweeps.add_child(self._attempt, child)
            return child
        body = self._mark(came.executions[-1])
        own = [*self._merge(came.executions[:-1]), body]
        history = self._fork(own, came)
        metric = came.metric if came.metric is not None else self._find_metric(history)
        screened: list[Execution] = []
        contents: Mapping[str, bytes] = came.contents
        for execution in own:
            kept, contents = self._secrecy.screen(execution, contents)
            screened.append(kept)
        error = None if came.error is None else _find_error(screened[-1]) or came.error
        child = SweepChild(
            came.number, listed, came.status, metric, error, history.id, round(came.elapsed, 6)
        )
        with self._store.transaction():
            self._store.histories.begin(replace(history, executions=tuple(screened)))
            self._store.contents.put_all(contents.values())
            self._save_values(history.id, came, body.number)
            self._store.sweeps.add_child(self._attempt, child)
        return child

    def _mark(self, body: Execution) -> Execution:
        """Return the cell's execution with its experiment and the number that is asked for as a metric."""
        mark = self._cell.experiment
        metric = self._report.metric
        if metric is not None:
            mark = mark or ExperimentMark(self._report.experiment)
            mark = replace(mark, metrics=tuple(dict.fromkeys((*mark.metrics, metric))))
        return replace(
            body, experiment=mark, cell=self._cell.cell, heading=self._cell.heading, step=self._cell.step
        )

    def _merge(self, ahead: Sequence[Execution]) -> list[Execution]:
        """Return the earlier executions as they would be with the child's values, where that is otherwise."""
        again: dict[int, list[Statement]] = {}
        for execution in ahead:
            again.setdefault(execution.number, []).extend(execution.statements)
        return [
            replace(
                e, statements=tuple(sorted((*e.statements, *again.get(e.number, ())), key=lambda s: s.index))
            )
            for e in drop_stale(self._history.executions, self._plan.stale)
        ]

    def _fork(self, own: Sequence[Execution], came: Came) -> History:
        numbers = {e.number for e in own}
        inherited = [e for e in self._history.executions if e.number not in numbers]
        ran = {s.place for e in came.executions for s in e.statements}
        return replace(
            self._history,
            id=new_id(),
            started=came.executions[0].started,
            ended=now(),
            environment=came.environment or self._history.environment,
            executions=tuple(sorted((*inherited, *own), key=lambda e: e.number)),
            origin=self._history.id,
            until=max((e.number for e in self._history.executions), default=0),
            own=tuple(sorted(ran)),
        )

    def _find_metric(self, history: History) -> float | None:
        """Return the number that lineage gives that name, of the last model that the child fitted."""
        if self._report.metric is None:
            return None
        runs = sorted(find_runs((history,)), key=lambda run: (run.parent is None, run.fitted_at))
        found = [m.value for run in runs for m in run.metrics if m.name == self._report.metric]
        return found[-1] if found else None

    def _save_values(self, history: str, came: Came, execution: int) -> None:
        held = []
        for saved, parts, layout in came.saved:
            pieces = tuple(Piece(memoryview(data), width, columns) for data, width, columns in parts)
            held.append((saved, Pieces(pieces, layout) if pieces else None))
        self._store.histories.save_values(history, execution, self._secrecy.screen_values({}, held))


def _find_error(execution: Execution) -> str | None:
    """Return what a cell raised, without the secrets that its record has lost."""
    return next((s.error for s in reversed(execution.statements) if s.outcome == "raised"), None)
