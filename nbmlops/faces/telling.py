"""Telling: one updating line that says how far long work has come."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

from nbmlops.faces.text import clean_text

__all__ = ["TerminalLine"]

_ERASE = "\r\x1b[2K"


class TerminalLine:
    """Says progress on a stream: one line rewritten in a terminal, one line each elsewhere.

    A context manager, so that the line is gone before anything else is written.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._rewrites = self._stream.isatty()
        self._last = ""

    def __enter__(self) -> TerminalLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._rewrites and self._last:
            self._stream.write(_ERASE)
            self._stream.flush()

    def __call__(self, message: str) -> None:
        """Say where the work is now."""
        text = " ".join(clean_text(message).split())
        if text == self._last:
            return
        self._last = text
        self._stream.write(f"{_ERASE}{text[:100]}" if self._rewrites else f"{text}\n")
        self._stream.flush()
