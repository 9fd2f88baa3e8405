"""Workers: processes of our own that are sent bytes and send bytes back, until they or we end."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from nbmlops.processes.child import end_group, open_child

__all__ = [
    "DONE",
    "LAST",
    "REPORTS",
    "STOP",
    "Event",
    "LocalWorkers",
    "Wire",
    "read_frame",
    "serve_wire",
    "write_frame",
]

DONE = b"D"
"""How what a worker says begins if it is done."""
LAST = b"L"
"""How it begins if it is done and wants to end."""
REPORTS = b"R"
"""How it begins if it reports, and waits for an answer."""
STOP = b"\1"
"""The answer that what it does shall stop."""

_LENGTH = 8
_TAIL = 1000


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Return the next bytes that were written as one; None where the other side has ended."""
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "big")
    content = stream.read(size)
    return content if len(content) == size else None


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write bytes so that they are read as one."""
    stream.write(len(content).to_bytes(_LENGTH, "big"))
    stream.write(content)
    stream.flush()


@dataclass(frozen=True, slots=True)
class Event:
    """What an executor tells of a child.

    It is "done" with what it came to, "lost" with the reason, or it "reports" a number on its way and waits
    to hear whether it shall stop.
    """

    kind: Literal["done", "lost", "reports"]
    number: int
    content: bytes = b""


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    log: Path
    busy: int | None = None

    def last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        return "\n".join(lines)[-_TAIL:]


class LocalWorkers:
    """Runs tasks in processes on this machine, each of which is first sent what all of them start from.

    Parameters
    ----------
    command
        The program and its arguments.
    count
        How many run at once.
    start
        What each is sent before its first task.
    folder
        Where they start.
    environment
        Their variables.
    """

    def __init__(
        self, command: Sequence[str], count: int, start: bytes, folder: str, environment: Mapping[str, str]
    ) -> None:
        self.count = count
        self._command, self._start = list(command), start
        self._folder, self._environment = folder, dict(environment)
        self._workers: list[_Worker] = []
        self._heard: queue.SimpleQueue[tuple[_Worker, bytes | None]] = queue.SimpleQueue()
        self._logs = tempfile.TemporaryDirectory(prefix="nbmlops-workers-")
        self._made = 0

    def submit(self, number: int, task: bytes) -> None:
        """Give a task to a worker that has none."""
        worker = next((w for w in self._workers if w.busy is None), None) or self._open()
        worker.busy = number
        self._send(worker, task)

    def reply(self, number: int, stop: bool) -> None:
        """Answer what a worker reported."""
        for worker in self._workers:
            if worker.busy == number:
                self._send(worker, STOP if stop else b"\0")

    def wait(self, seconds: float) -> list[Event]:
        """Return what happened, after some seconds at the latest."""
        found = []
        with contextlib.suppress(queue.Empty):
            found.append(self._heard.get(timeout=seconds))
            while True:
                found.append(self._heard.get_nowait())
        return [event for worker, frame in found for event in self._hear(worker, frame)]

    def close(self) -> None:
        """End every worker at once, and what it started."""
        for worker in self._workers:
            self._end(worker)
        self._workers.clear()
        self._logs.cleanup()

    def _open(self) -> _Worker:
        self._made += 1
        log = Path(self._logs.name) / f"{self._made}.log"
        with log.open("wb") as said:
            pipe = subprocess.PIPE
            process = open_child(
                self._command, cwd=self._folder, env=self._environment, stdin=pipe, stdout=pipe, stderr=said
            )
        worker = _Worker(process, log)
        self._workers.append(worker)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        self._send(worker, self._start)
        return worker

    def _listen(self, worker: _Worker) -> None:
        stream = worker.process.stdout
        frame: bytes | None = b""
        while frame is not None and stream is not None:
            frame = read_frame(stream)
            self._heard.put((worker, frame))

    def _send(self, worker: _Worker, content: bytes) -> None:
        if worker.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # that it has ended is heard
                write_frame(worker.process.stdin, content)

    def _hear(self, worker: _Worker, frame: bytes | None) -> Iterator[Event]:
        if worker not in self._workers or (worker.busy is None and frame is not None):
            return
        number = worker.busy
        if frame is None:
            self._workers.remove(worker)
            code = self._end(worker)
            if number is not None:
                yield Event("lost", number, f"{_name_end(code)}\n{worker.last_words()}".strip().encode())
        elif frame[:1] == REPORTS:
            yield Event("reports", number or 0, frame[1:])
        else:
            worker.busy = None
            if frame[:1] == LAST:
                self._workers.remove(worker)
                self._end(worker)
            yield Event("done", number or 0, frame[1:])

    @staticmethod
    def _end(worker: _Worker) -> int:
        code = end_group(worker.process)
        for stream in (worker.process.stdin, worker.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        return code


def _name_end(code: int) -> str:
    if code >= 0:
        return f"its worker ended with code {code}"
    with contextlib.suppress(ValueError):
        return f"its worker was ended by {signal.Signals(-code).name}"
    return f"its worker was ended by signal {-code}"


class Wire:
    """A worker's side: what it is sent comes from a queue; when the other side ends, so does the process."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source, self._sink = source, sink
        self._frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="Control", daemon=True).start()

    def _listen(self) -> None:
        while True:
            frame = read_frame(self._source)
            if frame is None:
                os._exit(0)
            self._frames.put(frame)

    def receive(self) -> bytes:
        """Wait for what is sent next."""
        return self._frames.get()

    def send(self, content: bytes) -> None:
        """Send bytes to the other side."""
        write_frame(self._sink, content)


def serve_wire() -> Wire:
    """Take this process's standard streams for the wire, so that nothing else is read or written there."""
    _end_with_parent()
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return Wire(source, sink)


def _end_with_parent() -> None:
    """Ask Linux to end this process when the one that started it is gone, also while it computes in C."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
