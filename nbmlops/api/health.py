"""Health: what is wrong with the store or the recording, and what recording costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.capturing import capture_status
from nbmlops.api.opening import choose_history, find_following, use_store
from nbmlops.core.history import EARLIER
from nbmlops.core.resource import BEYOND_BUDGET
from nbmlops.errors import NbmlopsError

if TYPE_CHECKING:
    from nbmlops.capture.costs import Cost
    from nbmlops.core.history import History
    from nbmlops.store.opening import Store

__all__ = ["GivenUp", "Health", "check_health"]


_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A statement of which it is only assumed that it changed `name`, and why nobody looked."""

    execution: int
    cell: str
    line: int
    source: str
    name: str
    because: str


@dataclass(frozen=True, slots=True)
class Health:
    """What `doctor` found: `problems` is empty where all is well.

    Of this kernel's recording: `seconds` is what it took, `elapsed` what the cells took with it, and
    `overhead` the one as a share of the cells' own time; `dearest` are the statements that took most of
    it, `given_up` those too dear to look at, `unobserved` what was not seen at all. `size` is in bytes.
    """

    store: str
    size: int
    executions: int
    recording: bool
    overhead: float
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float = 0.0
    elapsed: float = 0.0
    dearest: tuple[Cost, ...] = ()
    given_up: tuple[GivenUp, ...] = ()
    unobserved: tuple[str, ...] = ()


def check_health(store: Path | None = None) -> Health:
    """Check the store's integrity, and say what recording this kernel has cost and missed."""
    status = capture_status()
    following = find_following()
    with use_store(store) as opened:
        own = following is not None and following.store is opened
        history, unread = _read_history(opened) if own else (None, [])
        return Health(
            store=str(opened.path),
            size=opened.size(),
            executions=opened.histories.count_executions(),
            recording=status.recording,
            overhead=status.overhead / max(status.elapsed - status.overhead, 1e-3) if status.elapsed else 0.0,
            problems=tuple(dict.fromkeys([*opened.check(), *status.missed, *unread])),
            notes=opened.notes,
            seconds=status.overhead,
            elapsed=status.elapsed,
            dearest=following.recorder.costs.dearest() if following else (),
            given_up=tuple(_find_given_up(history)) if history else (),
            unobserved=(*(_find_unobserved(history) if history else ()), *status.unsure),
        )


def _read_history(store: Store) -> tuple[History | None, list[str]]:
    """Return this kernel's history, or why a sick store does not give it."""
    try:
        return choose_history(store), []
    except NbmlopsError as problem:
        return None, [str(problem)]


def _find_given_up(history: History) -> Iterator[GivenUp]:
    cells = {e.number: e.cell for e in history.executions}
    for statement in history.statements():
        for effect in statement.effects:
            if effect.because == BEYOND_BUDGET:
                yield GivenUp(
                    execution=statement.execution,
                    cell=cells[statement.execution],
                    line=statement.line,
                    source=statement.source,
                    name=effect.resource.key,
                    because=effect.because,
                )


def _find_unobserved(history: History) -> Iterator[str]:
    """Say of which executions only what they left is known."""
    unseen = [e for e in history.executions if e.status == "not observed"]
    early = [e.number for e in unseen if e.cell.startswith(EARLIER)]
    if len(early) > _MOST_NAMED:
        yield f"executions {early[0]} to {early[-1]} ran before the recording began"
    for execution in unseen:
        if execution.number not in early or len(early) <= _MOST_NAMED:
            first = execution.source.strip().partition("\n")[0]
            yield f"execution {execution.number} ran unobserved: {first}"
