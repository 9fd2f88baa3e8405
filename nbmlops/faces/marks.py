"""Marks: the cell magics that say something about their cell, and are taken off before it runs."""

from __future__ import annotations

from nbmlops.core.marks import read_marks
from nbmlops.errors import NbmlopsError, UsageError
from nbmlops.faces.text import clean_text
from nbmlops.faces.wording import address_text

__all__ = ["PROMPT", "ShownError", "strip_marks"]

PROMPT = "%nbmlops"


class ShownError(Exception):
    """An error that IPython shows as its message, without a traceback; the cell counts as failed."""

    def __init__(self, error: NbmlopsError) -> None:
        super().__init__(address_text(str(error), PROMPT))
        self.error = error

    def _render_traceback_(self) -> list[str]:
        what, then = (clean_text(address_text(t, PROMPT)) for t in (self.error.what, self.error.then))
        return [f"\x1b[31mnbmlops\x1b[0m: {what}", then]


def strip_marks(lines: list[str]) -> list[str]:
    """Take `%%step NAME`, `%%private` or `%%experiment NAME` off a cell, which then runs as any other.

    Empty lines stay in their place, so that line numbers stay true, unless another cell magic
    follows, which has to come first.
    """
    try:
        taken = read_marks(lines).lines
    except UsageError as error:
        raise ShownError(error) from None
    if not taken or (len(lines) > taken and lines[taken].startswith("%%")):
        return lines[taken:]
    return ["\n"] * taken + lines[taken:]
