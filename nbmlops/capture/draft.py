"""Drafts: an execution that is under way, and what it becomes when it ends."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from nbmlops.capture.recalling import PAUSED, PRIVATE
from nbmlops.capture.statements import Span
from nbmlops.core.history import Execution, ExecutionStatus, Statement
from nbmlops.core.marks import Marks
from nbmlops.core.said import Figure

__all__ = ["Draft"]


@dataclass(slots=True)
class Draft:
    """An execution that is under way; `active` is the index of the statement that runs, if one does."""

    number: int
    cell: str
    raw: str
    text: str | None
    started: str
    began: float
    thread: int
    marks: Marks
    private: bool
    paused: bool
    identities: dict[str, int]
    spans: tuple[Span, ...] = ()
    active: int | None = None
    in_envelope: bool = False
    depth: int = 0
    overhead: float = 0.0
    begun: float = 0.0
    statements: list[Statement] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The text that the record may have."""
        return PAUSED if self.paused else PRIVATE if self.private else self.raw

    def describe_now(self) -> Execution | None:
        """Return what has been done so far; None of a private cell."""
        if self.private:
            return None
        return Execution(
            number=self.number,
            cell=self.cell,
            source=self.raw,
            status="ok",
            started=self.started,
            elapsed=time.perf_counter() - self.began,
            statements=tuple(self.statements),
        )

    def describe_end(
        self, status: ExecutionStatus, heading: str | None, figures: tuple[Figure, ...]
    ) -> Execution:
        """Return the execution as it ended, with the statements that did not run."""
        left = range(len(self.statements), 0 if self.private else len(self.spans))
        statements = [*self.statements, *(self._skip(index) for index in left)]
        return Execution(
            number=self.number,
            cell=self.cell,
            source=self.shown,
            status=status,
            started=self.started,
            elapsed=time.perf_counter() - self.began,
            overhead=self.overhead,
            heading=heading,
            step=self.marks.step,
            experiment=self.marks.experiment,
            statements=tuple(statements),
            figures=() if self.private else figures,
        )

    def _skip(self, index: int) -> Statement:
        span = self.spans[index]
        return Statement(self.number, index, span.line, span.source, span.code, "not run")
