"""Capturing: start, stop and describe the recording of this kernel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.api.opening import find_following
from nbmlops.core.settings import find_store, read_settings
from nbmlops.errors import StoreError
from nbmlops.store.checking import find_loss
from nbmlops.store.opening import Store, open_store

__all__ = ["CaptureStatus", "capture_status", "is_running", "start_capture", "stop_capture"]


@dataclass(frozen=True, slots=True)
class CaptureStatus:
    """What the status line tells.

    `missed` says of each execution that was not kept why not; `unsure` lists what was seen only in
    part; `overhead` and `elapsed` are seconds of capture and of the user's cells.
    """

    recording: bool
    store: str
    history: str | None
    cells: int
    missed: tuple[str, ...]
    unsure: tuple[str, ...]
    overhead: float
    elapsed: float
    size: int
    runs: int = 0


def start_capture(shell: Any, store: Path | None = None) -> str:
    """Record a shell from now on; return one line for the user, empty if it was recorded already."""
    from nbmlops.capture.following import follow_shell  # a command that only asks does not wait for it

    if find_following() is not None:
        return ""
    settings = read_settings((store or find_store()).absolute())
    opened = open_store(settings.store, value_cap=settings.value_cap, store_cap=settings.store_cap)
    following = follow_shell(shell, opened)
    if settings.hints:
        following.witness_rows(True)
    earlier = len(following.history.executions)
    told = f"nbmlops is recording to {following.store.path}"
    return f"{told}; {earlier} earlier cells were not observed" if earlier else told


def stop_capture(shell: Any) -> None:
    """Stop recording a shell, keep what its names hold, and close its history."""
    following = find_following()
    if following is not None and following.shell is shell:
        following.finish()


def capture_status() -> CaptureStatus:
    """Describe this kernel's recording."""
    following = find_following()
    if following is None:
        return CaptureStatus(False, str(find_store()), None, 0, (), (), 0.0, 0.0, 0)
    recorder = following.recorder
    gone = find_loss(following.store.path)
    return CaptureStatus(
        recording=recorder.is_active and not recorder.paused,
        store=str(following.store.path),
        history=following.history.id,
        cells=following.observed,
        missed=(*([gone] if gone else []), *following.missed),
        unsure=(
            *recorder.problems,
            *recorder.observer.keeping.unseen,
            *following.notes,
            *following.secrecy.notes,
        ),
        overhead=recorder.overhead,
        elapsed=recorder.elapsed,
        size=following.store.size(),
        runs=_count_runs(following.store),
    )


def _count_runs(store: Store) -> int:
    """Return how many runs there are; none of a store that is lost, of which more is said elsewhere."""
    try:
        return store.runs.count()
    except StoreError:
        return 0


def is_running() -> bool:
    """Say whether a cell of this kernel runs now."""
    following = find_following()
    return following is not None and following.recorder.is_running
