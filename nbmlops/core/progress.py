"""Progress: how long work tells a face what it is doing, and asks whether it shall go on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

__all__ = ["Progress", "ask_watcher", "silent", "watch_work"]

Progress = Callable[[str], None]
"""Called with one line in the present tense ("replaying step 2 of 5: train") as work goes on."""

_WATCHER: ContextVar[Callable[[], None] | None] = ContextVar("watcher", default=None)


def silent(message: str) -> None:
    """Tell nobody."""


@contextlib.contextmanager
def watch_work(check: Callable[[], None]) -> Iterator[None]:
    """Have `check` called, on this thread, while something waits for a program; what it raises ends both."""
    token = _WATCHER.set(check)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def ask_watcher() -> None:
    """Let whoever watches this work end it."""
    check = _WATCHER.get()
    if check is not None:
        check()
