"""Working: a verb that takes long, on a thread of its own, told as it goes and stopped on request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from nbmlops.core.progress import Progress, watch_work
from nbmlops.errors import NbmlopsError
from nbmlops.faces.blocks import Line

__all__ = ["Work"]

_PAUSE, _WAIT = 0.25, 0.1


class _Stopped(BaseException):
    """Somebody stopped the work: no handler of the verb's own is meant for it."""


class Work:
    """Makes one call. It begins when no cell runs, and says how far it is four times a second at most."""

    def __init__(
        self,
        title: str,
        call: Callable[[Progress], Any],
        then: Callable[[Any], Line],
        is_busy: Callable[[], bool],
        tell: Callable[[str], None],
        finish: Callable[[Line], None],
    ) -> None:
        self.title = title
        self._call, self._then = call, then
        self._is_busy, self._tell, self._finish = is_busy, tell, finish
        self._told = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"nbmlops {title}", daemon=True)

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to stop where it next says how far it is, or waits for a program."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        """Wait until it is done."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._wait()
            with watch_work(self._check):
                line = self._then(self._call(self._say))
        except _Stopped:
            line = Line(f"{self.title}: stopped. Nothing half-done was left.", "quiet")
        except NbmlopsError as error:
            line = Line(str(error), "bad")
        except Exception as error:  # noqa: BLE001 - a thread's exception would be seen nowhere
            line = Line(f"{type(error).__name__}: {error}", "bad")
        self._finish(line)

    def _wait(self) -> None:
        if self._is_busy():
            self._tell(f"{self.title}: queued, the kernel is busy.")
        while self._is_busy():
            if self._stop.wait(_WAIT):
                raise _Stopped

    def _check(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _say(self, message: str) -> None:
        self._check()
        if time.monotonic() - self._told >= _PAUSE:
            self._told = time.monotonic()
            self._tell(message)
