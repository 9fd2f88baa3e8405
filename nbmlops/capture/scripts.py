"""Scripts: what a program that is no notebook logs, kept as a run of its own."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nbmlops.capture.environment import take_environment
from nbmlops.capture.revisions import Revisions
from nbmlops.capture.saying import Sayings
from nbmlops.capture.secrecy import Secrecy
from nbmlops.core.clock import new_id, now
from nbmlops.core.history import SCRIPT, Execution, ExecutionStatus, History, Statement
from nbmlops.core.learned import Learned, ModelSeen, Scalar
from nbmlops.core.said import Said, SaidKind
from nbmlops.errors import NbmlopsError
from nbmlops.store.opening import Store
from nbmlops.values.models import describe_model

__all__ = ["Script", "current_script", "follow_script"]

_PAUSE = 0.5


class Script:
    """The history of one program: what it logs is written twice a second at most, the rest when it ends.

    `missed` says what could not be kept. A process that was forked begins one of its own.
    """

    def __init__(self, store: Store) -> None:
        self.missed: list[str] = []
        self.process = os.getpid()
        self._store = store
        self._sayings = Sayings()
        self._secrecy = Secrecy()
        self._lock = threading.RLock()
        self._models: list[tuple[Any, str]] = []
        self._new: list[ModelSeen] = []
        self._waiting: list[tuple[SaidKind, str, Scalar, dict[str, Any]]] = []
        self._contents: dict[str, bytes] = {}
        self._number, self._began, self._started = 0, time.perf_counter(), now()
        self._written = time.monotonic()
        path = _find_program()
        self._source = "" if path is None else path.read_text("utf-8", "replace")
        self.history = History(
            id=new_id(),
            notebook=None if path is None else str(path),
            directory=str(Path.cwd()),
            started=self._started,
            environment=take_environment(),
        )
        store.histories.begin(self.history)
        self._revisions = Revisions(Path.cwd())
        found = self._revisions.look(1)
        if found is not None:
            store.histories.note_revision(self.history.id, 1, self._secrecy.screen_revision(found))

    def say(
        self, kind: SaidKind, name: str, value: Scalar, content: bytes | None = None, **more: Any
    ) -> None:
        """Note what a call says."""
        with self._lock:
            model = more.pop("model", None)
            if model is not None:
                more["model"] = model
                self._meet(model)
            if content is not None:
                self._contents[str(value)] = content
            self._waiting.append((kind, name, value, more))
            if time.monotonic() - self._written > _PAUSE:
                self._write("ok", keep_last=True)

    def _meet(self, model: Any) -> None:
        if any(model is known for known, _ in self._models):
            return
        seen = describe_model(model)
        place = _name_of(model) or f"model {len(self._models) + 1}"
        self._models.append((model, place))
        if seen is not None:
            order = len(self._new) + 1
            self._new.append(ModelSeen(place, seen.type, True, seen.parameters, order=order))

    def _write(self, status: ExecutionStatus, keep_last: bool) -> None:
        # The last one waits for the end, so that how the program ended is told with it.
        ready = self._waiting[:-1] if keep_last else self._waiting
        self._waiting = self._waiting[-1:] if keep_last else []
        if not ready and not self._new and status == "ok":
            return
        self._number += 1
        learned = Learned(models=tuple(self._new), said=self._gather(ready))
        self._new = []
        source = self._source if self._number == 1 else ""
        statement = Statement(self._number, 0, 1, source, "", learned=learned)
        elapsed = time.perf_counter() - self._began
        execution = Execution(
            self._number, SCRIPT, source, status, self._started, elapsed, statements=(statement,)
        )
        contents, self._contents = self._contents, {}
        try:
            screened, kept = self._secrecy.screen(execution, contents)
            self.missed += self._store.histories.add_execution(self.history.id, screened, kept.values())
        except NbmlopsError as problem:
            self.missed.append(str(problem))
        self._written = time.monotonic()

    def _gather(self, ready: list[tuple[SaidKind, str, Scalar, dict[str, Any]]]) -> tuple[Said, ...]:
        for kind, name, value, more in ready:
            self._sayings.add(kind, name, value, **more)
        return self._sayings.collect(lambda model: next(p for m, p in self._models if m is model))

    def finish(self) -> None:
        """Write what is left, and how the program ended."""
        if os.getpid() != self.process:
            return
        error = getattr(sys, "last_value", None)
        status: ExecutionStatus = "ok"
        if error is not None:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        with self._lock:
            self._write(status, keep_last=False)
            for number, revision in self._revisions.collect(wait=True):
                screened = self._secrecy.screen_revision(revision)
                self._store.histories.note_revision(self.history.id, number, screened)
            self._store.histories.finish(self.history.id, now(), ())
            self._store.close()
            _SCRIPTS.clear()


_SCRIPTS: list[Script] = []


def current_script() -> Script | None:
    """Return the history of this program, if it has logged something."""
    return _SCRIPTS[0] if _SCRIPTS and _SCRIPTS[0].process == os.getpid() else None


def follow_script(open_store: Callable[[], Store]) -> Script:
    """Begin the history of this program; a second call returns the one that is there."""
    known = current_script()
    if known is not None:
        return known
    _SCRIPTS.clear()
    script = Script(open_store())
    _SCRIPTS.append(script)
    atexit.register(script.finish)
    return script


def _find_program() -> Path | None:
    """Return the file that this process runs, where it runs one."""
    main = sys.modules.get("__main__")
    named = getattr(main, "__file__", None)
    with contextlib.suppress(OSError):
        if isinstance(named, str) and Path(named).is_file():
            return Path(named).absolute()
    return None


def _name_of(model: Any) -> str:
    def names() -> Iterator[str]:
        for name, value in list(vars(sys.modules["__main__"]).items()):
            if value is model and not name.startswith("_"):
                yield name

    return next(names(), "")
