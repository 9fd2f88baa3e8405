"""Conducting: the children of a sweep are given to workers, kept as they end, and told of meanwhile."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from nbmlops.core.progress import Progress
from nbmlops.core.sweep import SweepChild, SweepReport, spell_values
from nbmlops.errors import SweepError
from nbmlops.lifecycle.sweeping.child import Assignment, Came
from nbmlops.lifecycle.sweeping.proposing import Proposer
from nbmlops.processes.workers import Event

__all__ = ["Conductor", "Executor"]

_WAIT = 0.5
_MOST_LOST = 2


class Executor(Protocol):
    """Whoever runs tasks somewhere: knows bytes, and nothing of notebooks."""

    @property
    def count(self) -> int:
        """How many tasks run at once."""
        ...

    def submit(self, number: int, task: bytes) -> None:
        """Begin a task; there are never more than `count` under way."""
        ...

    def reply(self, number: int, stop: bool) -> None:
        """Answer what a task reported."""
        ...

    def wait(self, seconds: float) -> list[Event]:
        """Return what happened, after some seconds at the latest."""
        ...

    def close(self) -> None:
        """End everything that runs, at once."""
        ...


@dataclass(slots=True)
class Conductor:
    """Runs the children that are missing.

    `assign` turns a number and the values, spelled, into a task, and `keep` what a child came to into what
    is known of it. `report` grows with each child.
    """

    report: SweepReport
    executor: Executor
    proposer: Proposer
    assign: Callable[[int, Mapping[str, str]], Assignment]
    keep: Callable[[Came, Mapping[str, str]], SweepChild]
    progress: Progress
    _running: dict[int, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    _lost: dict[int, int] = field(default_factory=dict)
    _began: float = 0.0
    _done: int = 0

    def run(self) -> None:
        """Run every child that is missing, whatever becomes of the others.

        Raises
        ------
        SweepError
            If a child would not be as by hand: then the others would not either.
        """
        known = {child.number for child in self.report.children}
        waiting = iter([n for n in range(1, self.report.total + 1) if n not in known])
        self._began = time.monotonic()
        self._tell()
        while self._fill(waiting) or self._running:
            for event in self.executor.wait(_WAIT):
                self._hear(event)
            self._tell()

    def _fill(self, waiting: Iterator[int]) -> bool:
        """Give children to workers that are free; say whether any was there."""
        while len(self._running) < self.executor.count:
            number = next(waiting, None)
            if number is None:
                return False
            values = {name: repr(value) for name, value in self.proposer.propose(number).items()}
            task = pickle.dumps(self.assign(number, values))
            self._running[number] = task, values
            self.executor.submit(number, task)
        return True

    def _hear(self, event: Event) -> None:
        if event.number not in self._running:
            return
        if event.kind == "reports":
            step, value = pickle.loads(event.content)
            self.executor.reply(event.number, self.proposer.hear(event.number, step, value))
            return
        task, values = self._running[event.number]
        if event.kind == "lost":
            self._lost[event.number] = self._lost.get(event.number, 0) + 1
            if self._lost[event.number] < _MOST_LOST:
                self.executor.submit(event.number, task)
                return
            said = event.content.decode("utf-8", "replace")
            came = Came(event.number, "failed", error=f"{said} (twice)".replace("\n", ": ", 1))
        else:
            came = pickle.loads(event.content)
        if came.refused is not None:
            raise SweepError(*came.refused)
        del self._running[event.number]
        self._learn(self.keep(came, values))

    def _learn(self, child: SweepChild) -> None:
        children = sorted((*self.report.children, child), key=lambda c: c.number)
        self.report = replace(self.report, children=tuple(children))
        self.proposer.learn(child, None)
        self._done += 1

    def _tell(self) -> None:
        report, best = self.report, self.report.find_best()
        parts = [f"{len(report.children)} of {report.total} children"]
        if best is not None and best.metric is not None:
            parts.append(f"best {report.metric}={best.metric:.4g} with {spell_values(best.values)}")
        if self._done:
            seconds = (time.monotonic() - self._began) / self._done * (report.total - len(report.children))
            parts.append(f"about {_spell_seconds(seconds)} left")
        self.progress("; ".join(parts))


def _spell_seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
