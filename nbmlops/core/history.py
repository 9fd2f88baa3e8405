"""Histories: what one kernel executed, statement by statement, and in what environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nbmlops.core.learned import Learned
from nbmlops.core.marks import ExperimentMark
from nbmlops.core.resource import Effect, Read
from nbmlops.core.said import Figure
from nbmlops.core.witness import Witnessed

__all__ = [
    "EARLIER",
    "SCRIPT",
    "Environment",
    "Execution",
    "ExecutionStatus",
    "History",
    "Statement",
    "StatementOutcome",
]

EARLIER = "earlier-"
"""What the cells begin with that ran before recording did: nothing else is known of them."""
SCRIPT = "script"
"""The cell of what a plain script logs."""
ExecutionStatus = Literal["ok", "error", "interrupted", "not observed"]
StatementOutcome = Literal["ok", "raised", "not run"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One top-level statement of an executed cell.

    `source` is the text as the user typed it, with the comments above it; `code` is the plain
    Python that means the same without IPython (empty where nothing remains of a magic).
    `line` is the first line of the statement itself in the cell, counted from 1. `origin` is the
    state of each random stream before the statement, kept in the store under that content digest,
    where the statement moved it; for a generator that was made without a seed the key is its name
    and the state is the one after the statement. `learned` is what it fitted and measured, if it did;
    `witnessed` on which rows, where hints were on.
    """

    execution: int
    index: int
    line: int
    source: str
    code: str
    outcome: StatementOutcome = "ok"
    error: str | None = None
    reads: tuple[Read, ...] = ()
    effects: tuple[Effect, ...] = ()
    origin: tuple[tuple[str, str], ...] = ()
    learned: Learned | None = None
    witnessed: Witnessed | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where the statement stands in its history."""
        return (self.execution, self.index)


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of one cell: never changed afterwards.

    `number` counts from 1 in its history; `cell` is the notebook's own id of the cell where it is
    known; `heading` the markdown heading above it; `step` the name that ``%%step`` gave, `experiment` what
    ``%%experiment`` said; `started`
    an ISO 8601 time in UTC; `elapsed` and `overhead` (the part that capture took) in seconds. `figures` are
    the pictures that the cell showed.
    """

    number: int
    cell: str
    source: str
    status: ExecutionStatus
    started: str
    elapsed: float
    overhead: float = 0.0
    heading: str | None = None
    step: str | None = None
    experiment: ExperimentMark | None = None
    statements: tuple[Statement, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a history was made: interpreter, platform, and every installed distribution.

    `machine` is what the last bits of its numbers follow from: instructions, BLAS kernels, threads.
    """

    python: str
    platform: str
    packages: dict[str, str] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """The executions of one kernel, in order.

    `directory` is the kernel's working directory when capture began; `notebook` the path of the
    notebook's file where it is known; `ended` is empty while the kernel lives. A history that was forked
    from another one, its `origin`, has the executions of that up to the one numbered `until`, but for those
    that it has itself; `own` are then the places of the statements that ran in it.
    """

    id: str
    notebook: str | None
    directory: str
    started: str
    environment: Environment
    ended: str | None = None
    executions: tuple[Execution, ...] = ()
    origin: str | None = None
    until: int = 0
    own: tuple[tuple[int, int], ...] = ()

    def ran_here(self, statement: Statement) -> bool:
        """Say whether a statement ran in this history, and not in the one that it was forked from."""
        return self.origin is None or statement.place in self.own

    def statements(self) -> tuple[Statement, ...]:
        """Return every statement that ran, in the order of running."""
        return tuple(s for e in self.executions for s in e.statements if s.outcome != "not run")
