"""Finding hints: all that a history shows, each once, at the place where it was seen last."""

from __future__ import annotations

from collections.abc import Sequence

from nbmlops.core.hint import CellText, Hint
from nbmlops.core.history import History
from nbmlops.hints.cells import find_edited_cells
from nbmlops.hints.encodings import find_early_encodings
from nbmlops.hints.rows import find_row_hints
from nbmlops.hints.values import find_old_values

__all__ = ["list_hints"]


def list_hints(history: History, texts: Sequence[CellText] = (), saved: str = "") -> tuple[Hint, ...]:
    """Return the hints of a history in the order of its cells.

    Parameters
    ----------
    history
        The executions as they were recorded.
    texts, saved
        The code cells of the notebook's file, and when it was saved, where it is known.
    """
    found = [*find_row_hints(history), *find_early_encodings(history), *find_old_values(history)]
    if texts and saved:
        found += find_edited_cells(history, texts, saved)
    latest = {hint.id: hint for hint in sorted(found, key=lambda hint: hint.execution)}
    return tuple(sorted(latest.values(), key=lambda hint: hint.execution))
