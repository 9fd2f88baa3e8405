"""Running a sweep: what it is made of is looked at, refused or resumed, and its children run."""

from __future__ import annotations

import ast
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbmlops.capture.following import Following
from nbmlops.capture.foreseeing import Foreseen, foresee_cell
from nbmlops.capture.secrecy import live_secrets
from nbmlops.core.history import Execution, History
from nbmlops.core.progress import Progress
from nbmlops.core.sweep import SweepReport, SweepRequest
from nbmlops.errors import SweepError
from nbmlops.lifecycle.sweeping.child import Ahead, Assignment
from nbmlops.lifecycle.sweeping.conducting import Conductor, Executor
from nbmlops.lifecycle.sweeping.describing import (
    describe_sweep,
    keep_states,
    load_states,
    resume_sweep,
)
from nbmlops.lifecycle.sweeping.keeping import Keeper
from nbmlops.lifecycle.sweeping.planning import Plan, plan_sweep
from nbmlops.lifecycle.sweeping.proposing import make_proposer
from nbmlops.lifecycle.sweeping.starting import Start, take_start
from nbmlops.lifecycle.sweeping.texts import Slot, find_slots, put_values
from nbmlops.lifecycle.sweeping.worker import COMMAND
from nbmlops.store.opening import Store

__all__ = ["sweep_cell"]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A cell that can be swept: where the values go, what runs before it, and what children start from."""

    cell: str
    slots: Mapping[str, Slot]
    plan: Plan
    start: Start

    def write(self, values: Mapping[str, str]) -> str:
        """Return the cell with values."""
        return put_values(self.cell, tuple(self.slots.values()), values)


def sweep_cell(
    following: Following,
    history: History,
    cell: Execution,
    body: str,
    request: SweepRequest,
    progress: Progress,
) -> SweepReport:
    """Run a cell with many values, each in a worker that starts from what the kernel holds now.

    Parameters
    ----------
    following
        The kernel's recording.
    history
        Its history, with the executions before the cell.
    cell
        The execution that sweeps, as far as it is known yet.
    body
        The cell without its marks.
    request
        What stands behind them.
    progress
        Told how far it has come.

    A sweep that is interrupted is reported as far as it came.

    Raises
    ------
    SweepError
        If it would not be as by hand, or nothing is left to resume.
    """
    progress("looking at what the cell needs")
    prepared = _prepare(following, history, body, request)
    store = following.store
    report = describe_sweep(history, cell, request, prepared.start, prepared.plan, prepared.cell)
    if request.resume:
        report = resume_sweep(store, report)
        prepared = replace(prepared, start=replace(prepared.start, states=load_states(store, report)))
    else:
        report = keep_states(store, report, prepared.start)
    keeper = Keeper(store, following.secrecy, history, cell, report, prepared.plan)
    proposer = make_proposer(request)
    for child in report.children:
        proposer.learn(child, {name: ast.literal_eval(value) for name, value in child.values})
    with _open_executor(request, prepared.start) as executor:
        conductor = Conductor(
            report,
            executor,
            proposer,
            _Assigner(store, cell, request, prepared),
            keeper.keep,
            progress,
        )
        with contextlib.suppress(KeyboardInterrupt):  # the report says what is missing
            conductor.run()
    return _finish(conductor.report, prepared)


def _prepare(following: Following, history: History, body: str, request: SweepRequest) -> _Prepared:
    names = [dimension.name for dimension in request.space]
    slots = find_slots(body, names)
    foreseen = _foresee(following, body, {name: repr(0) for name in slots}, slots)
    space = following.shell.user_ns
    if foreseen.outputs:
        raise SweepError(
            f"The cell reads `{foreseen.outputs[0]}`, which is what IPython remembers of another cell.",
            "Give that value a name in its own cell, and use the name.",
        )
    plan = plan_sweep(history, names, foreseen.names, slots.keys(), space.keys())
    modules = tuple(following.recorder.observer.list_modules().values())
    text = "\n".join([body, *(statement.source for statement in plan.again)])
    variables = live_secrets() if plan.again else {}  # they stand in the text of what runs again
    return _Prepared(body, slots, plan, take_start(space, plan.names, modules, text, variables))


def _foresee(
    following: Following, body: str, values: Mapping[str, str], slots: Mapping[str, Slot]
) -> Foreseen:
    text = put_values(body, tuple(slots.values()), values)
    try:
        return foresee_cell(following.shell, following.recorder.observer, text)
    except SyntaxError as problem:
        raise SweepError(
            f"Line {problem.lineno} of the cell is no Python: {problem.msg}.",
            "Mend it, and run the cell again.",
        ) from None


@dataclass(frozen=True, slots=True)
class _Assigner:
    """Writes the task of a child."""

    store: Store
    cell: Execution
    request: SweepRequest
    prepared: _Prepared

    def __call__(self, number: int, values: Mapping[str, str]) -> Assignment:
        """Return the task of a child with some values."""
        plan = self.prepared.plan
        return Assignment(
            number=number,
            execution=self.cell.number,
            cell=self.cell.cell,
            source=self.prepared.write(values),
            ahead=tuple(self._list_ahead(values)),
            flows=plan.flows,
            metric=self.request.metric,
            value_cap=self.store.contents.value_cap,
            together=self.request.workers > 1,
            prunes=self.request.pruner is not None,
        )

    def _list_ahead(self, values: Mapping[str, str]) -> Iterator[Ahead]:
        plan = self.prepared.plan
        for statement in plan.again:
            states = tuple(
                self.store.contents.get(r.content) for r in plan.restores if r.place == statement.place
            )
            source = plan.spell(statement, values)
            yield Ahead(statement.place, statement.line, source, statement.place in plan.stale, states)


@contextlib.contextmanager
def _open_executor(request: SweepRequest, start: Start) -> Iterator[Executor]:
    import pickle

    executor: Any
    content = pickle.dumps(start)
    if request.on is None:
        from nbmlops.processes.child import python_command
        from nbmlops.processes.workers import LocalWorkers

        path = f"import sys; sys.path[:] = {list(map(str, sys.path))!r}; "
        flags = ["-O"] * sys.flags.optimize
        environment = dict(os.environ)
        executor = LocalWorkers(
            python_command(*flags, "-c", path + COMMAND),
            request.workers,
            content,
            str(Path.cwd()),
            environment,
        )
    else:
        from nbmlops.processes.cluster import ClusterWorkers

        prunes = request.pruner is not None
        executor = ClusterWorkers(request.on, request.workers, content, COMMAND, reports=prunes)
    try:
        yield executor
    finally:
        executor.close()


def _finish(report: SweepReport, prepared: _Prepared) -> SweepReport:
    """Add the cell as it would be run with the best values."""
    best = report.find_best()
    if best is None:
        return report
    values = dict(best.values)
    plan = prepared.plan
    again = [plan.spell(s, values) for s in plan.again if s.place in plan.stale]
    return replace(report, cell="\n".join([*again, prepared.write(values)]))
