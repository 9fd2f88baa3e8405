"""Outputs: one place of a cell's output that says how far work has come, and then shows what came of it."""

from __future__ import annotations

from IPython.display import DisplayHandle, display

from nbmlops.faces.page import style_line
from nbmlops.faces.text import clean_text

__all__ = ["NotebookLine"]


class NotebookLine:
    """Says progress in one output of the cell, which the result then replaces."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None
        self._last = ""

    def __call__(self, message: str) -> None:
        """Say where the work is now."""
        if message != self._last:
            self._last = message
            self.show({"text/plain": clean_text(message), "text/html": style_line(message, "quiet")})

    def show(self, bundle: dict[str, str]) -> None:
        """Show a bundle where the last one was."""
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
