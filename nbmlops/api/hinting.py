"""Hinting: what in a notebook may mislead about its results, said under a cell or asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import choose_history, find_following, use_store
from nbmlops.api.telling import are_hints_live, find_hints, mark_dismissed
from nbmlops.core.clock import now
from nbmlops.core.hint import HintList
from nbmlops.errors import CaptureError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from nbmlops.core.history import History
    from nbmlops.store.opening import Store

__all__ = ["list_hints"]

_ACTIONS = ("on", "off", "dismiss", "restore")


def list_hints(
    action: str | None = None,
    hint: str | None = None,
    history: str | None = None,
    notebook: Path | None = None,
    store: Path | None = None,
) -> HintList:
    """Return what in a history may mislead about its results, each with its evidence.

    Parameters
    ----------
    action
        ``on`` or ``off`` says whether hints are shown under the cells of this kernel; ``dismiss`` and
        ``restore`` let one go for good, or take that back.
    hint
        The id of the hint that is dismissed or restored, or its beginning.
    history, notebook
        Which history; by default this kernel's, else the newest.

    Raises
    ------
    UsageError
        If the action is none of these, or misses its hint.
    UnknownNameError
        If there is no such hint.
    CaptureError
        If hints are switched where no kernel is recorded.
    """
    said = ""
    if action is not None:
        _check_action(action, hint)
    if action in ("on", "off"):
        said = _switch(action == "on")
    with use_store(store) as opened:
        chosen = choose_history(opened, None, history, notebook)
        if action in ("dismiss", "restore") and hint is not None:
            said = _decide(opened, chosen, action, hint)
        found = tuple(mark_dismissed(opened, find_hints(chosen)))
        notes = tuple(_list_notes(chosen))
        return HintList(chosen.id, are_hints_live(), found, notes, said)


def _check_action(action: str, hint: str | None) -> None:
    if action not in _ACTIONS:
        raise UsageError(
            f"'{action}' is nothing that hints can be told.",
            "Type `nbmlops hints`, `hints on`, `hints off`, `hints dismiss ID` or `hints restore ID`.",
        )
    if (hint is None) == (action in ("dismiss", "restore")):
        missing = "needs the id of a hint" if hint is None else f"does not take '{hint}'"
        raise UsageError(f"`nbmlops hints {action}` {missing}.", "List them: `nbmlops hints`.")


def _switch(on: bool) -> str:
    following = find_following()
    if following is None:
        raise CaptureError(
            "No kernel is recorded here, so there are no cells to say hints under.",
            "Type `%nbmlops hints on` in a notebook, or write `hints = true` under [tool.nbmlops] of "
            "the project's pyproject.toml.",
        )
    following.witness_rows(on)
    return "hints are on, from the next cell on" if on else "hints are off; `hints` lists them when asked"


def _decide(store: Store, history: History, action: str, text: str) -> str:
    known = sorted({*(h.id for h in find_hints(history)), *store.dismissals.list_ids()})
    matching = [key for key in known if key.startswith(text)]
    if len(matching) != 1:
        problem = f"There is no hint '{text}'." if not matching else f"'{text}' begins several hints."
        raise UnknownNameError(problem, "List them: `nbmlops hints`.")
    if action == "dismiss":
        store.dismissals.add(matching[0], now())
        return f"hint {matching[0]} is dismissed; `hints restore {matching[0]}` takes it back"
    store.dismissals.drop(matching[0])
    return f"hint {matching[0]} is said again"


def _list_notes(history: History) -> Iterator[str]:
    """Yield what is not known, and why."""
    statements = history.statements()
    learned = [s for s in statements if s.learned is not None and (s.learned.models or s.learned.measures)]
    unwatched = [s for s in learned if s.witnessed is None]
    unseen = sum(s.witnessed.unseen for s in statements if s.witnessed is not None)
    if learned and len(unwatched) == len(learned):
        yield (
            "rows were not compared: hints were off (`%nbmlops hints on`, and run the cells again), or "
            "models are fitted and measured inside of functions"
        )
    if unseen:
        yield f"{unseen} tables were too large to look at, or hold what cannot be compared"
