"""Following: the one recording that a kernel has, from its first observed cell to its end."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbmlops.capture.environment import take_environment
from nbmlops.capture.headings import find_notebook, read_headings
from nbmlops.capture.holding import close_late, hold_names
from nbmlops.capture.preserving import Preserving
from nbmlops.capture.recalling import PAUSED, PRIVATE, recall_cells
from nbmlops.capture.recorder import Recorder
from nbmlops.capture.revisions import Revisions
from nbmlops.capture.secrecy import Secrecy
from nbmlops.capture.stamps import Stamp, stamp_file
from nbmlops.core.clock import new_id, now
from nbmlops.core.history import Execution, History
from nbmlops.core.value import SavedValue
from nbmlops.errors import CaptureError, NbmlopsError, StoreError
from nbmlops.store.checking import find_loss
from nbmlops.store.opening import Store
from nbmlops.values.numerics import describe_machine

__all__ = ["Following", "current_following", "current_recorder", "follow_shell", "lend_recorder"]


class Following:
    """Ties a recorder to a store: every execution that ends is written at once.

    `missed` says of each execution that could not be kept why it was not. Where rows are witnessed,
    `followed` are all executions so far, and `said` the hints that were shown.
    """

    def __init__(self, shell: Any, store: Store) -> None:
        self.shell = shell
        self.store = store
        self.missed: list[str] = []
        self.waiting: list[tuple[Execution, Mapping[str, bytes]]] = []
        self.notes: list[str] = []
        self.notebook = find_notebook()
        self._process = os.getpid()
        self.secrecy = Secrecy()
        self.preserving = Preserving(store.contents.value_cap)
        earlier = [
            self.secrecy.screen(execution, {})[0]
            for execution in recall_cells(_earlier_sources(shell), shell.transform_cell)
        ]
        self.history = History(
            id=new_id(),
            notebook=self.notebook,
            directory=str(Path.cwd()),
            started=now(),
            environment=take_environment(),
            executions=tuple(earlier),
        )
        store.histories.begin(self.history)
        self.recorder = Recorder(
            shell,
            self._keep,
            self._read_headings,
            max((execution.number for execution in earlier), default=0) + 1,
            store.contents.value_cap,
            announce=self._announce,
        )
        self.observed = 0
        self.followed: list[Execution] | None = None
        self.said: set[str] = set()
        self.revisions = Revisions(Path.cwd())
        self._headings: Mapping[str, str] = {}
        self._stamp: Stamp | None = None
        self._private: set[str] = set()
        self._told, self._lost, self._trouble = False, False, ""
        for execution in earlier:
            self._follow_privacy(execution)

    def _follow_privacy(self, execution: Execution) -> None:
        """Know which names hold what a private cell made: their values are not kept either."""
        made = {e.resource.key for s in execution.statements for e in s.effects if e.change != "deleted"}
        if execution.source in (PAUSED, PRIVATE):
            self._private |= made
        else:
            bound = {e.resource.key for s in execution.statements for e in s.effects if e.definite}
            self._private -= bound

    def witness_rows(self, on: bool) -> None:
        """Look at the rows that fits and metrics get from the next cell on, or no longer."""
        if on != (self.followed is not None):
            self.recorder.witness_rows(on)
            self.followed = list(self.store.histories.load(self.history.id).executions) if on else None

    def _announce(self, number: int, cell: str, started: str) -> None:
        if self.waiting:  # a store that is locked would be waited for twice
            return
        with (
            contextlib.suppress(StoreError),  # that the store fails is told when the execution ends
            self.store.database.hurried(_LOCK_SECONDS),
        ):
            self.store.running.note(self.history.id, number, cell, started)

    def _keep(self, execution: Execution, contents: Mapping[str, bytes]) -> None:
        self._follow_privacy(execution)
        try:
            execution, contents = self.secrecy.screen(execution, contents)
            self.waiting.append((execution, contents))
            with self.store.database.hurried(_LOCK_SECONDS):
                self._store_waiting()
        except NbmlopsError as problem:
            self.missed.append(f"execution {execution.number}: {problem}")
            self._trouble = self._word_trouble(execution.number, problem)
            self._lighten()
            return
        try:
            self._preserve(execution)
            self._follow_revisions(execution)
        except NbmlopsError as problem:
            self.notes.append(f"what a model was fitted on could not be kept: {problem}")

    def _word_trouble(self, number: int, problem: NbmlopsError) -> str:
        if not self.waiting:
            return f"cell {number} could not be recorded. {problem}"
        later = (
            "It waits in this kernel, and is stored with one of the next cells as soon as that is possible."
        )
        return f"cell {number} could not be stored yet. {problem.what} {later}"

    def _store_waiting(self) -> None:
        """Store what waits, the oldest first; where that one cannot be stored the newest alone is tried."""
        began = time.monotonic()
        try:
            while self.waiting:
                self._store(0)
        except NbmlopsError:
            if len(self.waiting) == 1 or time.monotonic() - began > _LOCK_SECONDS / 2:
                raise  # nobody shall wait for a lock twice
            self._store(-1)

    def _store(self, place: int) -> None:
        """Store one; what the store cannot take for another reason than its own waits no longer."""
        execution, contents = self.waiting[place]
        histories = self.store.histories
        try:
            if not histories.has_execution(self.history.id, execution.number):
                self.notes += histories.add_execution(self.history.id, execution, contents.values())
        except StoreError:
            raise
        except Exception as problem:  # noqa: BLE001 - or no later cell would ever be stored
            del self.waiting[place]
            told = f"{type(problem).__name__}: {problem}"
            self.missed.append(f"execution {execution.number}: {told}")
            self._trouble = f"cell {execution.number} could not be recorded. {told}"
            return
        del self.waiting[place]
        self.missed = [m for m in self.missed if not m.startswith(f"execution {execution.number}: ")]
        self.observed += 1
        if self.followed is not None:
            self.followed.append(execution)

    def take_news(self) -> str:
        """Return what is new of cells that could not be stored: when it begins, and when it is over."""
        if not self._lost and (gone := find_loss(self.store.path)):
            self._lost = True
            return gone
        before, self._told = self._told, bool(self.missed)
        if self._told == before:
            return ""
        return (
            self._trouble
            if self._told
            else "the store can be written again, and what waited for it is stored."
        )

    def _lighten(self) -> None:
        """Let go of contents that wait beyond what memory has room for; the records themselves wait on."""
        held = 0
        for place, (execution, contents) in enumerate(self.waiting):
            held += sum(map(len, contents.values()))
            if contents and held > _MOST_WAITING:
                self.waiting[place] = execution, {}
                self.notes.append(
                    f"what execution {execution.number} read was not kept: the store takes nothing"
                )

    def _store_rest(self) -> None:
        """Store what waits as the recording ends, if need be without contents."""
        for execution, _ in tuple(self.waiting):
            try:
                self._store(0)
            except StoreError:
                self.waiting[0] = execution, {}
                self._store(0)

    def _follow_revisions(self, execution: Execution | None) -> None:
        found = self.revisions.collect(wait=execution is None)
        moved = None if execution is None else self.revisions.note(execution)
        if execution is not None and moved is not None:
            found.append((execution.number, moved))
        for number, revision in found:
            screened = self.secrecy.screen_revision(revision)
            self.store.histories.note_revision(self.history.id, number, screened)

    def _preserve(self, execution: Execution) -> None:
        space = self._public_names()
        chosen = self.preserving.choose(execution, space)
        for held in chosen:
            self.store.histories.save_values(
                self.history.id, execution.number, self.secrecy.screen_values(space, [held])
            )
        self.notes += self.preserving.notes
        self.preserving.notes.clear()

    def _read_headings(self) -> Mapping[str, str]:
        stamp = stamp_file(self.notebook) if self.notebook else None
        if stamp is None or stamp != self._stamp:
            try:
                self._headings = read_headings(self.notebook)
            except CaptureError as problem:
                self.notes.append(str(problem))
                return {}
            self._stamp = stamp
        return self._headings

    def hold(self, names: Iterable[str] | None = None, force: bool = False) -> tuple[SavedValue, ...]:
        """Keep the digests, and within the budget the values, of the user's names; return what was kept.

        `force` keeps them whatever their size is.
        """
        space = self._public_names()
        chosen = None if names is None else close_late(space, names)
        cap = sys.maxsize if force else self.store.contents.value_cap
        held = self.secrecy.screen_values(space, hold_names(space, chosen, cap))
        self.store.histories.note_machine(self.history.id, describe_machine())
        return self.store.histories.save_values(self.history.id, self.recorder.executions, held, force)

    def _public_names(self) -> dict[str, Any]:
        space = dict(self.shell.user_ns)
        for name in self._private:
            space.pop(name, None)
        return space

    def spare(self, name: str) -> None:
        """Keep nothing more of a name until it is bound anew."""
        self._private.add(name)

    def finish(self) -> None:
        """Stop recording, keep the values, and close the history."""
        if os.getpid() != self._process:  # a forked child must not end its parent's history
            return
        if self.recorder.is_active:
            self.recorder.stop()
        self._follow_revisions(None)
        self._store_rest()
        space = self._public_names()
        held = self.secrecy.screen_values(space, hold_names(space, value_cap=self.store.contents.value_cap))
        self.store.histories.note_machine(self.history.id, describe_machine())
        self.store.histories.finish(self.history.id, now(), held)
        self.store.close()
        _FOLLOWING.clear()
        atexit.unregister(self.finish)


_MOST_WAITING = 1 << 28
_LOCK_SECONDS = 2.0  # nobody waits longer before or after a cell: what cannot be stored yet waits instead
_FOLLOWING: list[Following] = []
_LENT: list[Recorder] = []


def current_following() -> Following | None:
    """Return the recording of this kernel, if there is one."""
    return _FOLLOWING[0] if _FOLLOWING else None


def current_recorder() -> Recorder | None:
    """Return what records this kernel, or the child of a sweep that this process runs."""
    return _FOLLOWING[0].recorder if _FOLLOWING else _LENT[0] if _LENT else None


@contextlib.contextmanager
def lend_recorder(recorder: Recorder) -> Iterator[None]:
    """Let calls that log find a recorder which writes to no store."""
    _LENT.insert(0, recorder)
    try:
        yield
    finally:
        _LENT.remove(recorder)


def follow_shell(shell: Any, store: Store) -> Following:
    """Begin to record a shell; a second call returns the recording that is there."""
    if _FOLLOWING:
        return _FOLLOWING[0]
    following = Following(shell, store)
    following.recorder.start()
    _FOLLOWING.append(following)
    atexit.register(following.finish)
    return following


def _earlier_sources(shell: Any) -> list[str]:
    """Return the cells that this kernel ran before, but for the one that is running now."""
    raw = getattr(shell.history_manager, "input_hist_raw", None) if shell.history_manager else None
    found = list((raw or shell.user_ns.get("In", []))[1:])
    return found[:-1] if _runs_a_cell(shell) else found


def _runs_a_cell(shell: Any) -> bool:
    """Whether the call comes out of a cell among In[]: then that cell, which loads nbmlops, is left out."""
    result = getattr(shell.displayhook, "exec_result", None)
    return result is not None and bool(result.info.store_history)
