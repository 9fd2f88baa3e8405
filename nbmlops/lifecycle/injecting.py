"""Injecting: what an export is given that none of its statements computes."""

from __future__ import annotations

from pathlib import Path

from nbmlops.core.resource import MADE_MEANWHILE
from nbmlops.core.slice import Slice

__all__ = ["list_injected", "tell_doubts"]


def list_injected(slice_: Slice) -> tuple[str, ...]:
    """List random states that are put back, and inputs that an unobserved cell may have computed."""
    states = [f"random state of `{r.stream}` before execution {r.place[0]}" for r in slice_.restores]
    files = [
        f"the file '{path.name}', made while the kernel ran by nothing that was observed"
        for path in _find_doubtful(slice_)
    ]
    return (*states, *files)


def tell_doubts(slice_: Slice) -> list[str]:
    """Say aloud which inputs were made while the kernel ran, by nothing that was observed."""
    return [
        f"'{path}' was made while the kernel ran, by nothing that was observed: if a cell computed it, this "
        "export only loads what it computed. Run that cell again after `%load_ext nbmlops`, and export again."
        for path in _find_doubtful(slice_)
    ]


def _find_doubtful(slice_: Slice) -> list[Path]:
    return [Path(r.resource.key) for r in slice_.inputs if r.because == MADE_MEANWHILE]
