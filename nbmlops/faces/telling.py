"""Telling: one updating line that says how far long work has come."""

from __future__ import annotations

import re
import sys
from types import TracebackType
from typing import TextIO

from nbmlops.faces.text import clean_text

__all__ = ["TerminalLine"]

_ERASE = "\r\x1b[2K"
_KEPT = ("$ ", "-> ")


class TerminalLine:
    """Says progress on a stream: one line rewritten in a terminal; elsewhere a line for each kind of work.

    What starts with ``$`` or ``->`` (a command that is shown, and what came of it) stays. A context
    manager, so that the line is gone before anything else is written.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._rewrites = self._stream.isatty()
        self._last = ""
        self._shown = False

    def __enter__(self) -> TerminalLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._erase()

    def __call__(self, message: str) -> None:
        """Say where the work is now."""
        text = " ".join(clean_text(message).split())
        kind = text if text.startswith(_KEPT) or self._rewrites else re.sub(r"\d+", "#", text)
        if kind == self._last:
            return
        self._erase()
        self._last = kind
        stays = text.startswith(_KEPT) or not self._rewrites
        self._stream.write(f"{text}\n" if stays else text[:100])
        self._shown = not stays
        self._stream.flush()

    def _erase(self) -> None:
        if self._shown:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._shown = False
