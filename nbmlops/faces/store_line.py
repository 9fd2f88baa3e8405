"""The store line: what is said under a cell when cells cannot be stored, and when they can be again."""

from __future__ import annotations

import importlib
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from nbmlops.api.telling import take_news

__all__ = ["follow_store", "leave_store"]

_EVENT = "post_run_cell"


def follow_store(shell: InteractiveShell) -> None:
    """Say under the cells of a shell what becomes of its store."""
    shell.events.register(_EVENT, _say_news)


def leave_store(shell: InteractiveShell) -> None:
    """Say nothing any more."""
    if _say_news in shell.events.callbacks[_EVENT]:
        shell.events.unregister(_EVENT, _say_news)


def _say_news(result: Any) -> None:
    """Show one line about the store, if there is something to say."""
    if news := take_news():
        from IPython.display import display

        text = _import_later("text").clean_text(f"nbmlops: {news}")
        display({"text/plain": text, "text/html": _import_later("page").style_line(text, "quiet")}, raw=True)


def _import_later(module: str) -> Any:
    return importlib.import_module(f"nbmlops.faces.{module}")
