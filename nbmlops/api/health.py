"""Health: what is wrong with the store or the recording, in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbmlops.api.capturing import capture_status
from nbmlops.api.opening import use_store

__all__ = ["Health", "check_health"]


@dataclass(frozen=True, slots=True)
class Health:
    """What `doctor` found: `problems` is empty where all is well.

    `overhead` is the share of the cells' time that capture took in this kernel; `size` in bytes.
    """

    store: str
    size: int
    executions: int
    recording: bool
    overhead: float
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def check_health(store: Path | None = None) -> Health:
    """Check the store's integrity and say what capture cost and missed."""
    status = capture_status()
    with use_store(store) as opened:
        return Health(
            store=str(opened.path),
            size=opened.size(),
            executions=opened.histories.count_executions(),
            recording=status.recording,
            overhead=status.overhead / status.elapsed if status.elapsed else 0.0,
            problems=tuple(dict.fromkeys([*opened.check(), *status.missed])),
            notes=(*opened.notes, *status.unsure),
        )
