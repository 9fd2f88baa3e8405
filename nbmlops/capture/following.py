"""Following: the one recording that a kernel has, from its first observed cell to its end."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbmlops.capture.environment import take_environment
from nbmlops.capture.headings import find_notebook, read_headings
from nbmlops.capture.holding import close_late, hold_names
from nbmlops.capture.preserving import Preserving
from nbmlops.capture.recalling import PRIVATE, recall_cells
from nbmlops.capture.recorder import Recorder
from nbmlops.capture.revisions import Revisions
from nbmlops.capture.secrecy import Secrecy
from nbmlops.capture.stamps import Stamp, stamp_file
from nbmlops.core.clock import new_id, now
from nbmlops.core.history import Execution, History
from nbmlops.core.value import SavedValue
from nbmlops.errors import CaptureError, NbmlopsError, StoreError
from nbmlops.store.opening import Store
from nbmlops.values.numerics import describe_machine

__all__ = ["Following", "current_following", "follow_shell"]


class Following:
    """Ties a recorder to a store: every execution that ends is written at once.

    `missed` says of each execution that could not be kept why it was not.
    """

    def __init__(self, shell: Any, store: Store) -> None:
        self.shell = shell
        self.store = store
        self.missed: list[str] = []
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
            len(earlier) + 1,
            store.contents.value_cap,
            announce=self._announce,
        )
        self.observed = 0
        self.revisions = Revisions(Path.cwd())
        self._headings: Mapping[str, str] = {}
        self._stamp: Stamp | None = None
        self._private: set[str] = set()
        for execution in earlier:
            self._follow_privacy(execution)

    def _follow_privacy(self, execution: Execution) -> None:
        """Know which names hold what a private cell made: their values are not kept either."""
        made = {e.resource.key for s in execution.statements for e in s.effects if e.change != "deleted"}
        if execution.source == PRIVATE:
            self._private |= made
        else:
            bound = {e.resource.key for s in execution.statements for e in s.effects if e.definite}
            self._private -= bound

    def _announce(self, number: int, cell: str, started: str) -> None:
        with contextlib.suppress(StoreError):  # that the store fails is told when the execution ends
            self.store.running.note(self.history.id, number, cell, started)

    def _keep(self, execution: Execution, contents: Mapping[str, bytes]) -> None:
        self._follow_privacy(execution)
        try:
            execution, contents = self.secrecy.screen(execution, contents)
            self.notes += self.store.histories.add_execution(self.history.id, execution, contents.values())
            self.observed += 1
        except NbmlopsError as problem:
            self.missed.append(f"execution {execution.number}: {problem}")
            return
        try:
            self._preserve(execution)
            self._follow_revisions(execution)
        except NbmlopsError as problem:
            self.notes.append(f"what a model was fitted on could not be kept: {problem}")

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
        return {n: value for n, value in self.shell.user_ns.items() if n not in self._private}

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
        space = self._public_names()
        held = self.secrecy.screen_values(space, hold_names(space, value_cap=self.store.contents.value_cap))
        self.store.histories.note_machine(self.history.id, describe_machine())
        self.store.histories.finish(self.history.id, now(), held)
        self.store.close()
        _FOLLOWING.clear()
        atexit.unregister(self.finish)


_FOLLOWING: list[Following] = []


def current_following() -> Following | None:
    """Return the recording of this kernel, if there is one."""
    return _FOLLOWING[0] if _FOLLOWING else None


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
    inputs = [source for source in shell.user_ns.get("In", [])[1:] if source]
    raw = getattr(shell.history_manager, "input_hist_raw", None) if shell.history_manager else None
    found = [source for source in (raw[1:] if raw else inputs) if source.strip()]
    return found[:-1] if _runs_a_cell(shell) else found


def _runs_a_cell(shell: Any) -> bool:
    """Whether the call comes out of a cell: then that cell, which loads nbmlops, is left out."""
    return getattr(shell.displayhook, "exec_result", None) is not None
