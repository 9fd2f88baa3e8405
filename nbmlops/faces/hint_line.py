"""The hint line: what is said under a cell, while hints are on."""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from nbmlops.api.telling import are_hints_live, note_failure, take_hints
from nbmlops.faces.page import style_line
from nbmlops.faces.show_hints import word_line
from nbmlops.faces.text import clean_text

__all__ = ["follow_hints", "leave_hints"]

_EVENT = "post_run_cell"


def follow_hints(shell: InteractiveShell) -> None:
    """Say hints under the cells of a shell while they are on, and none while they are off."""
    if not are_hints_live():
        leave_hints(shell)
    elif _say_hints not in shell.events.callbacks[_EVENT]:
        shell.events.register(_EVENT, _say_hints)


def leave_hints(shell: InteractiveShell) -> None:
    """Say none any more."""
    if _say_hints in shell.events.callbacks[_EVENT]:
        shell.events.unregister(_EVENT, _say_hints)


def _say_hints(result: Any) -> None:
    """Show one line about the cell that ended, if there is something to say; what fails is for `doctor`."""
    try:
        hints = take_hints()
    except Exception as problem:  # noqa: BLE001 - a person's cell must never suffer from a hint
        note_failure(problem)
        return
    if hints:
        line = clean_text(word_line(hints))
        display({"text/plain": line, "text/html": style_line(line, "quiet")}, raw=True)
