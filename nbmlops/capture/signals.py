"""Signals: a person's own handlers are meant for the cell, and wait while recording is at work."""

from __future__ import annotations

import contextlib
import importlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["hold_signals"]

_ALL = sorted(signal.valid_signals())
# What `signal` wraps: it makes a member of an enumeration of every answer, which takes twenty times as long.
_bare: Any = importlib.import_module("_signal")


@contextlib.contextmanager
def hold_signals() -> Iterator[None]:
    """Let what a handler in Python would be told wait for the end of the block, and tell it then.

    An exception that a handler raises goes out of the block, as it would have gone through the cell.
    Somebody's stop waits too: raised inside the callback of a weak reference, it would be lost. Who presses
    stop once more does not wait.
    """
    found: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        found = {n: handler for n in _ALL if callable(handler := _bare.getsignal(n))}
    rung: list[tuple[int, Any]] = []

    def note(number: int, frame: Any) -> None:
        if number == signal.SIGINT and any(number == known for known, _ in rung):
            found[number](number, frame)
        rung.append((number, frame))

    for number in found:
        _bare.signal(number, note)
    try:
        yield
    finally:
        for number, handler in found.items():
            _bare.signal(number, handler)
    for number, frame in rung:
        found[number](number, frame)
