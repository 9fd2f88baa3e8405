"""Cluster: tasks that run on the machines of an existing Dask cluster, each in a process of its own."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from nbmlops.processes.child import ProgramError, python_command
from nbmlops.processes.workers import STOP, Event, LocalWorkers

__all__ = ["ClusterWorkers", "run_far"]

_SECONDS = 10
_TURN, _PATIENCE = 0.1, 120
_MOST_LOST = 5
_INSTALL = "Install it: `pip install 'nbmlops[dask]'`."


class ClusterWorkers:
    """Runs tasks on a cluster: what a worker that dies had under way, the cluster gives to another one.

    Parameters
    ----------
    address
        The scheduler's, such as ``tcp://host:8786``.
    count
        How many tasks are under way at once.
    start
        What each process is sent first; it goes to the cluster once.
    code
        What Python is told to run in such a process.
    reports
        Whether the tasks report on their way.

    Raises
    ------
    ProgramError
        If nobody answers at the address, or Dask is not installed.
    """

    def __init__(self, address: str, count: int, start: bytes, code: str, reports: bool = False) -> None:
        self.count = count
        self._code = code
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._futures: dict[int, Any] = {}
        self._given: dict[int, tuple[bytes, Any, int]] = {}
        self._client = _connect(address)
        self._content = start
        self._start: Any = self._scatter()
        self._line: Any = _open_queue(f"nbmlops-{uuid.uuid4().hex}", self._client) if reports else None
        self._asking: dict[int, str] = {}

    def _scatter(self) -> Any:
        return self._client.scatter(self._content, broadcast=True, hash=False, timeout=_PATIENCE)

    def submit(self, number: int, task: bytes) -> None:
        """Give a task to the cluster."""
        self._submit(number, task, 0)

    def _submit(self, number: int, task: bytes, lost: int) -> None:
        if self._start.status in ("lost", "cancelled", "error"):
            self._start = self._scatter()
        self._given[number] = task, self._start, lost
        key = f"nbmlops-{number}-{uuid.uuid4().hex}"
        line = None if self._line is None else self._line.name
        future = self._client.submit(
            run_far, self._code, self._start, task, number, line, key=key, pure=False
        )
        self._futures[number] = future
        future.add_done_callback(lambda done: self._done.put((number, done)))

    def reply(self, number: int, stop: bool) -> None:
        """Answer what a task reported."""
        _open_queue(self._asking.pop(number), self._client).put(STOP if stop else b"\0")

    def wait(self, seconds: float) -> list[Event]:
        """Return what happened, after some seconds at the latest."""
        if self._line is None:
            return self._take_done(seconds)
        until = time.monotonic() + seconds
        while not (found := [*self._take_reports(), *self._take_done(_TURN)]) and time.monotonic() < until:
            pass
        return found

    def _take_done(self, seconds: float) -> list[Event]:
        found = []
        with contextlib.suppress(queue.Empty):
            found.append(self._done.get(timeout=seconds))
            while True:
                found.append(self._done.get_nowait())
        events = []
        for number, future in found:
            if self._futures.get(number) is future:
                del self._futures[number]
                if not self._gives_again(number, future):
                    events.append(_read_future(number, future))
        return events

    def _gives_again(self, number: int, future: Any) -> bool:
        # Dask drops all copies but one of what was sent to it, and forgets a task where that one is lost.
        task, start, lost = self._given.pop(number)
        if future.status not in ("lost", "cancelled") or lost == _MOST_LOST:
            return False
        if start is self._start:
            self._start = self._scatter()
        self._submit(number, task, lost + 1)
        return True

    def _take_reports(self) -> list[Event]:
        events = []
        for number, answer, content in self._line.get(batch=True):
            if number in self._futures:
                self._asking[number] = answer
                events.append(Event("reports", number, content))
        return events

    def close(self) -> None:
        """Give up what is under way, and leave the cluster."""
        self._client.cancel(list(self._futures.values()), force=True)
        self._futures.clear()
        if self._line is not None:
            self._line.close()
        self._client.close()


def _read_future(number: int, future: Any) -> Event:
    if future.status == "finished":
        return Event("done", number, future.result())
    if future.status == "error":
        problem = future.exception()
        return Event("lost", number, f"{type(problem).__name__}: {problem}".encode())
    return Event("lost", number, f"the cluster lost it ({future.status})".encode())


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as problem:
        raise ProgramError(f"Dask is not installed here: {problem}.", _INSTALL) from problem
    try:
        make: Any = Client
        return make(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise ProgramError(
            f"No Dask cluster answers at '{address}': {problem}.",
            "Check the address that its scheduler shows, such as tcp://host:8786.",
        ) from problem


def _open_queue(name: str, client: Any) -> Any:
    from distributed import Queue

    make: Any = Queue
    return make(name, client=client)


def run_far(code: str, start: bytes, task: bytes, number: int, line: str | None) -> bytes:
    """Run one task in a process of its own on the machine of the caller; return what it sends back.

    What it reports goes into the queue `line` of the cluster, with the name of one for the answer, which
    no other attempt at the task has.
    """
    path = f"import sys; sys.path[:] = {list(map(str, sys.path))!r}; "
    workers = LocalWorkers(python_command("-c", path + code), 1, start, os.curdir, os.environ)
    with contextlib.ExitStack() as opened:
        opened.callback(workers.close)
        ask = _make_asker(number, line, opened)
        workers.submit(0, task)
        while True:
            for event in workers.wait(1.0):
                if event.kind == "done":
                    return event.content
                if event.kind == "lost":
                    raise RuntimeError(event.content.decode("utf-8", "replace"))
                workers.reply(0, stop=ask(event.content) == STOP)


def _make_asker(number: int, line: str | None, opened: contextlib.ExitStack) -> Callable[[bytes], bytes]:
    if line is None:
        return lambda content: b"\0"
    from distributed import get_client

    client = get_client()
    asked, answered = _open_queue(line, client), _open_queue(f"{line}-{uuid.uuid4().hex}", client)
    opened.callback(answered.close)

    def ask(content: bytes) -> bytes:
        asked.put((number, answered.name, content))
        return bytes(answered.get(timeout=_PATIENCE))

    return ask
