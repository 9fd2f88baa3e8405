"""Opening: the store and the history that a verb works on."""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.core.settings import find_store, read_settings
from nbmlops.errors import StoreError, UnknownNameError
from nbmlops.store.opening import Store, open_store
from nbmlops.tracking.merging import EDITION

if TYPE_CHECKING:
    from nbmlops.capture.following import Following
    from nbmlops.capture.recorder import Recorder
    from nbmlops.core.history import History

__all__ = ["choose_history", "find_following", "find_recorder", "hold_current", "read_new", "use_store"]


def find_following() -> Following | None:
    """Return the recording of this kernel, if there is one; no command waits for what records cells."""
    if "nbmlops.capture.following" not in sys.modules:
        return None
    from nbmlops.capture.following import current_following

    return current_following()


def find_recorder() -> Recorder | None:
    """Return what records this process, if anything does."""
    if "nbmlops.capture.following" not in sys.modules:
        return None
    from nbmlops.capture.following import current_recorder

    return current_recorder()


@contextlib.contextmanager
def use_store(path: Path | None = None, create: bool = False, *, runs: bool = False) -> Iterator[Store]:
    """Open the store that a verb works on; in a recorded kernel that is the recording's own.

    `runs` says that the verb opens values or runs code that the store holds: a bundle in quarantine is
    then refused, and a file that was named though nobody here made it, as `StoreError`.
    """
    following = find_following()
    if following is not None and (path is None or path.absolute() == following.store.path):
        yield following.store
        return
    settings = read_settings((path or find_store()).absolute())
    with open_store(
        settings.store, create=create, value_cap=settings.value_cap, store_cap=settings.store_cap
    ) as store:
        if runs and store.is_foreign():
            raise StoreError(
                f"'{store.path}' holds what somebody else recorded: nothing of it is run or opened.",
                f"Look at it with `history`, `why`, `runs` and `diff`; then `nbmlops trust {store.path}`.",
            )
        if runs and path is not None and path.absolute() != find_store() and not store.is_own():
            raise StoreError(
                f"'{store.path}' was not made by you on this machine: nothing of it is run or opened.",
                f"Look at it with `history`, `why`, `runs` and `diff`; if it is yours, or you would run that "
                f"person's notebook: `nbmlops trust {store.path}`.",
            )
        yield store


def choose_history(
    store: Store, name: str | None = None, history: str | None = None, notebook: Path | str | None = None
) -> History:
    """Return the history that was named, else this kernel's, else the newest that bound the name."""
    following = _following_of(store)
    if history is None and notebook is None and following is not None:
        return _load_current(store, following)
    if history is not None:
        return store.histories.load(store.histories.resolve(history))
    found = store.histories.latest(name, notebook) or store.histories.latest(None, notebook)
    if found is None:
        where = f" of the notebook '{notebook}'" if notebook else ""
        typed = f"nbmlops run {shlex.quote(str(notebook)) if notebook else 'NOTEBOOK'}"
        raise UnknownNameError(
            f"The store '{store.path}' holds no history{where}.",
            f"Record one first: `{typed}`, or `%load_ext nbmlops` in the notebook.",
        )
    return store.histories.load(found)


def hold_current(store: Store, history: History, name: str | None = None) -> None:
    """Where the history is this kernel's, keep what the name holds now, or what every name does."""
    following = _following_of(store)
    if following is not None and following.history.id == history.id:
        following.hold(None if name is None else [name])


def read_new(store: Store) -> None:
    """Keep the runs that histories amount to by now, of those in which something happened."""
    unread = store.runs.list_unread(EDITION)
    if not unread:
        return
    from nbmlops.lifecycle.sweeping.adopting import adopt_runs
    from nbmlops.tracking.finding import find_runs  # only where there is something new

    for history in unread:
        found = choose_history(store, None, history)
        executions = max((e.number for e in found.executions), default=0)
        runs = adopt_runs(store, found, find_runs((found,)))
        store.runs.keep(history, runs, executions, found.ended is not None, EDITION)


def _following_of(store: Store) -> Following | None:
    following = find_following()
    return following if following is not None and following.store is store else None


def _load_current(store: Store, following: Following) -> History:
    """Return this kernel's history, with what waits to be stored and what the running cell has done."""
    waiting = [execution for execution, _ in following.waiting]  # on another thread it may be stored by now
    recorded = store.histories.load(following.history.id)
    if waiting:
        every = {execution.number: execution for execution in (*waiting, *recorded.executions)}
        recorded = dataclasses.replace(recorded, executions=tuple(every[number] for number in sorted(every)))
    running = following.recorder.draft_execution()
    if running is None:
        return recorded
    screened, _ = following.secrecy.screen(running, {})
    return dataclasses.replace(recorded, executions=(*recorded.executions, screened))
