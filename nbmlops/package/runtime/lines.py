"""Lines: text for a file that one thread writes, many lines at a time, so that no answer waits for a disk."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

__all__ = ["Lines"]

_WAITING = 10_000
_GATHER_SECONDS = 0.005


class Lines:
    """Hands what was put to `write` in order, from a thread of its own; after `close` at once.

    Where 10,000 are waiting, `put` waits too: nothing is thrown away. What was put in the last few
    milliseconds is lost only where the process is killed.
    """

    def __init__(self, write: Callable[[list[bytes]], None], name: str) -> None:
        self._write = write
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._closed = threading.Lock()
        self._thread: threading.Thread | None = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, line: bytes) -> None:
        """Let a line be written."""
        if self._thread is None:
            self._write([line])
        else:
            self._waiting.put(line)

    def close(self) -> None:
        """Write what is waiting, and end the thread."""
        with self._closed:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._waiting.put(None)
                thread.join()
                self._drain([])

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            time.sleep(_GATHER_SECONDS)
            if not self._drain([first]):
                return

    def _drain(self, lines: list[bytes]) -> bool:
        """Write all that is there now; False where the end was among it."""
        goes_on = True
        while not self._waiting.empty():
            line = self._waiting.get_nowait()
            if line is None:
                goes_on = False
            else:
                lines.append(line)
        if lines:
            self._write(lines)
        return goes_on
