"""Telling: the hints about a history, and those about the cell that ended last, each once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.api.opening import find_following
from nbmlops.errors import CaptureError

if TYPE_CHECKING:
    from nbmlops.core.hint import CellText, Hint
    from nbmlops.core.history import History
    from nbmlops.store.opening import Store

__all__ = ["are_hints_live", "find_hints", "mark_dismissed", "note_failure", "take_hints", "take_news"]


def are_hints_live() -> bool:
    """Say whether hints are shown under the cells of this kernel."""
    following = find_following()
    return following is not None and following.followed is not None


def take_hints() -> tuple[Hint, ...]:
    """Return the hints about the execution that ended last which were not said before, as said now."""
    following = find_following()
    if following is None or not following.followed:
        return ()
    history = dataclasses.replace(following.history, executions=tuple(following.followed))
    last = following.followed[-1].number
    new = [h for h in find_hints(history) if h.execution == last and h.id not in following.said]
    shown = tuple(h for h in mark_dismissed(following.store, new) if not h.dismissed)
    following.said |= {h.id for h in shown}
    return shown


def take_news() -> str:
    """Return one line about cells that cannot be stored, or can be again; empty where nothing changed."""
    following = find_following()
    return "" if following is None else following.take_news()


def note_failure(problem: Exception) -> None:
    """Keep for `doctor` that hints could not be found."""
    following = find_following()
    if following is not None:
        following.notes.append(f"hints could not be found: {type(problem).__name__}: {problem}")


def find_hints(history: History) -> tuple[Hint, ...]:
    """Return the hints of a history, those about its notebook's file as it is on disk among them."""
    from nbmlops.hints.finding import list_hints  # a kernel whose hints are off does without it

    texts, saved = _read_texts(history)
    return list_hints(history, texts, saved)


def _read_texts(history: History) -> tuple[Sequence[CellText], str]:
    """Return the cells of a notebook's file as they are on disk; none where it has gone or is no notebook."""
    from nbmlops.capture.headings import read_cells

    if history.notebook is None or not Path(history.notebook).is_file():
        return (), ""
    try:
        return read_cells(history.notebook)
    except CaptureError:
        return (), ""


def mark_dismissed(store: Store, hints: Sequence[Hint]) -> Iterator[Hint]:
    """Yield hints with whether somebody dismissed them."""
    dismissed = store.dismissals.list_ids() if hints else frozenset()
    for hint in hints:
        yield dataclasses.replace(hint, dismissed=hint.id in dismissed)
