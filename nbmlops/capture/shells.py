"""Shells: IPython without a notebook, in a process that only runs what it is sent."""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

__all__ = ["make_shell"]


class _QuietShell(InteractiveShell):
    """A shell that nobody looks at: figures are drawn, and shown to nobody."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Let no window open."""


def make_shell() -> Any:
    """Return a shell that remembers nothing on disk, and whose tracebacks nobody reads."""
    config = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"xmode": "Minimal"}})
    return _QuietShell.instance(config=config)
