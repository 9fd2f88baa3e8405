"""Children: one run of a cell with its own values, in a process that was given what the kernel held."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbmlops.capture.environment import take_environment
from nbmlops.capture.following import lend_recorder
from nbmlops.capture.holding import hold_names
from nbmlops.capture.recalling import spell_error
from nbmlops.capture.recorder import Recorder
from nbmlops.capture.restoring import put_states, read_state
from nbmlops.capture.streams import take_states
from nbmlops.core.history import Environment, Execution, Statement
from nbmlops.core.sweep import SweepStatus
from nbmlops.core.table import TableLayout
from nbmlops.core.value import SavedValue
from nbmlops.errors import SweepError
from nbmlops.lifecycle.sweeping.starting import Start, put_start
from nbmlops.values.numerics import describe_machine
from nbmlops.values.pieces import Pieces

__all__ = ["Ahead", "Ask", "Assignment", "Came", "Listener", "run_child"]

_CAP = 64 * 2**20
_PROCESS_WIDE = ("environ", "cwd", "sys.path", "warnings", "warnings shown", "decimal", "figures")


Ask = Callable[[int, float], bool]
Listener = Callable[[str, float, float | None], None]


class _PrunedError(KeyboardInterrupt):
    """A pruner stops the cell: no `except Exception` of the cell's own may hold it up."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """An earlier statement that runs before the cell; it is recorded where it rests on a swept value.

    `states` are random states that are put back before it.
    """

    place: tuple[int, int]
    line: int
    source: str
    recorded: bool
    states: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A cell with its values, and what runs before it; `flows` are streams that go on from there."""

    number: int
    execution: int
    cell: str
    source: str
    ahead: tuple[Ahead, ...] = ()
    flows: frozenset[str] = frozenset()
    metric: str | None = None
    value_cap: int = 512 * 2**20
    together: bool = False
    prunes: bool = False


@dataclass(slots=True)
class Came:
    """What a child came to; `refused` says that it is no run as by hand would be, and why.

    `changed_process` says that something was changed which the next child would see.
    """

    number: int
    status: SweepStatus = "finished"
    error: str | None = None
    refused: tuple[str, str] | None = None
    metric: float | None = None
    executions: tuple[Execution, ...] = ()
    contents: dict[str, bytes] = field(default_factory=dict)
    saved: tuple[tuple[SavedValue, tuple[tuple[bytes, int, int], ...], TableLayout | None], ...] = ()
    environment: Environment | None = None
    elapsed: float = 0.0
    changed_process: bool = False


def run_child(shell: Any, start: Start, task: Assignment, ask: Ask) -> Came:
    """Run a cell as if by hand in the kernel, in a shell that holds nothing yet.

    `ask` is called with the step and the value of the metric each time that the cell logs it.
    """
    came = Came(task.number)
    try:
        apart = put_start(start, shell.user_ns)
        own = _run_ahead(shell, task, came)
        kept = {stream: state for stream, state in start.states.items() if stream not in task.flows}
        put_states(kept)
        _require_states(kept)
        (execution,) = _record(shell, came, task.source, task.cell, task.value_cap, _make_listener(task, ask))
        own.append(_renumber(execution, task))
        _judge(came, own[-1])
        _require_alone(own, apart, task.together)
    except SweepError as problem:
        return Came(task.number, "failed", refused=(problem.what, problem.then), changed_process=True)
    came.executions = tuple(own)
    came.elapsed = own[-1].elapsed
    came.metric = _read_number(shell.user_ns.get(task.metric)) if task.metric else None
    came.saved = tuple(_save_names(shell.user_ns, own, task.value_cap))
    came.environment = replace(take_environment(), machine=describe_machine())
    came.changed_process = _changes_process(own)
    return came


def _require_states(states: Mapping[str, Any]) -> None:
    here = take_states()
    wrong = sorted(stream for stream, state in states.items() if here.get(stream) != state)
    if wrong:
        raise SweepError(
            f"The random stream of {wrong[0]} cannot be put where the notebook has it.",
            "Seed it within the cell.",
        )


def _run_ahead(shell: Any, task: Assignment, came: Came) -> list[Execution]:
    """Run the earlier statements in their order; those of one kind one after the other."""
    found: list[Execution] = []
    for ahead in task.ahead:
        for state in ahead.states:
            put_states(read_state(state))
        if ahead.recorded:
            (execution,) = _record(shell, came, ahead.source, f"cell-{ahead.place[0]}", task.value_cap)
            error = execution.statements[-1].error if execution.status != "ok" else None
            found.append(
                replace(
                    execution,
                    number=ahead.place[0],
                    statements=tuple(
                        replace(s, execution=ahead.place[0], index=ahead.place[1], line=ahead.line)
                        for s in execution.statements[:1]
                    ),
                )
            )
        else:
            result = shell.run_cell(ahead.source, store_history=False)
            problem = result.error_in_exec or result.error_before_exec
            error = None if problem is None else spell_error(problem)
        if error is not None:
            first = ahead.source.strip().partition("\n")[0]
            raise SweepError(
                f"The statement `{first}` of cell {ahead.place[0]} raised {error} when it ran again.",
                "Leave the value out with which it does, or bind the name within the cell.",
            )
    return found


def _make_listener(task: Assignment, ask: Ask) -> Listener | None:
    if not task.prunes:
        return None
    count = itertools.count()

    def listen(name: str, value: float, step: float | None) -> None:
        if name == task.metric and ask(next(count) if step is None else int(step), value):
            raise _PrunedError("the pruner stopped it")

    return listen


def _record(
    shell: Any, came: Came, source: str, cell: str, value_cap: int, listener: Listener | None = None
) -> list[Execution]:
    """Run a cell, and return its record."""
    found: list[Execution] = []

    def deliver(execution: Execution, contents: Mapping[str, bytes]) -> None:
        found.append(execution)
        came.contents.update(contents)

    recorder = Recorder(shell, deliver, dict, value_cap=value_cap)
    recorder.observer.notes.sayings.listener = listener
    recorder.start()
    try:
        with lend_recorder(recorder):
            shell.run_cell(source, store_history=False, cell_id=cell)
    finally:
        recorder.stop()
    if not found or recorder.problems:
        why = recorder.problems[0] if recorder.problems else "nothing was recorded"
        raise SweepError(f"A child could not be recorded: {why}.", "Run the cell by hand.")
    return found


def _renumber(execution: Execution, task: Assignment) -> Execution:
    number = task.execution
    statements = tuple(replace(s, execution=number) for s in execution.statements)
    return replace(execution, number=number, source=task.source, statements=statements)


def _judge(came: Came, execution: Execution) -> None:
    raised = [s.error for s in execution.statements if s.outcome == "raised"]
    came.error = raised[-1] if raised else None
    if execution.status == "error":
        came.status = "failed"
        came.error = came.error or "the cell is no Python with these values"
    elif execution.status == "interrupted":
        came.status, came.error = "interrupted", None


def _require_alone(
    executions: Iterable[Execution], apart: frozenset[tuple[str, str]], together: bool
) -> None:
    """Refuse what would be otherwise by hand: memory that is not shared here, files that others write now."""
    statements = [s for e in executions for s in e.statements]
    changed = {
        e.resource.key
        for s in statements
        for e in s.effects
        if e.resource.kind == "name" and e.change == "changed" and e.certain
    }
    for pair in sorted(apart):
        for name in changed.intersection(pair):
            other = pair[0] if name == pair[1] else pair[1]
            raise SweepError(
                f"The cell changes '{name}' in place, whose memory '{other}' shares in the notebook.",
                f"Change a copy of it, `{name}.copy()`.",
            )
    if together:
        _require_files(statements)


def _require_files(statements: Iterable[Statement]) -> None:
    written: set[str] = set()
    for statement in statements:
        for read in statement.reads:
            if read.resource.kind == "file" and read.resource.key in written:
                raise SweepError(
                    f"The cell writes and reads '{read.resource.key}', as its children do at the same time.",
                    "Run them one after the other: `--workers 1`.",
                )
        written |= {
            e.resource.key for e in statement.effects if e.resource.kind == "file" and e.change == "written"
        }


def _read_number(value: object) -> float | None:
    if isinstance(value, str | bytes | bytearray) or not hasattr(type(value), "__float__"):
        return None
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError):
        return None


def _save_names(
    namespace: Mapping[str, Any], executions: Iterable[Execution], value_cap: int
) -> Iterator[tuple[SavedValue, tuple[tuple[bytes, int, int], ...], TableLayout | None]]:
    """Yield what the child's own statements bound or changed, models first."""
    own = {
        e.resource.key
        for execution in executions
        for s in execution.statements
        for e in s.effects
        if e.resource.kind == "name" and e.change != "deleted"
    }
    chosen = {name: value for name, value in namespace.items() if name in own}
    for saved, pieces in hold_names(chosen, value_cap=value_cap, total_cap=_CAP):
        parts = () if pieces is None else _copy_parts(pieces)
        yield saved, parts, None if pieces is None else pieces.layout


def _copy_parts(pieces: Pieces) -> tuple[tuple[bytes, int, int], ...]:
    return tuple((bytes(part.data), part.width, part.columns) for part in pieces.parts)


def _changes_process(executions: Iterable[Execution]) -> bool:
    """Say whether something was changed in this process that the next child is not given anew."""
    keys = {
        e.resource.key
        for execution in executions
        for s in execution.statements
        for e in s.effects
        if e.resource.kind == "ambient"
    }
    return bool(keys.difference(_PROCESS_WIDE))
