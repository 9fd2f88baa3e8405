"""Marks: the cell magics that say something about their cell, and are taken off before it runs."""

from __future__ import annotations

import re

from nbmlops.errors import NbmlopsError, UsageError
from nbmlops.faces.text import clean_text
from nbmlops.faces.wording import address_text

__all__ = ["CELL_MAGICS", "PROMPT", "ShownError", "strip_marks"]

PROMPT = "%nbmlops"
CELL_MAGICS = ("step", "private")

_MARK = re.compile(r"^%%(step|private)(?:[ \t]+(.*?))?[ \t]*\r?\n?$")
_STEP_NAME = re.compile(r"^[A-Za-z_][\w-]*$")


class ShownError(Exception):
    """An error that IPython shows as its message, without a traceback; the cell counts as failed."""

    def __init__(self, error: NbmlopsError) -> None:
        super().__init__(address_text(str(error), PROMPT))
        self.error = error

    def _render_traceback_(self) -> list[str]:
        what, then = (clean_text(address_text(t, PROMPT)) for t in (self.error.what, self.error.then))
        return [f"\x1b[31mnbmlops\x1b[0m: {what}", then]


def strip_marks(lines: list[str]) -> list[str]:
    """Take `%%step NAME` or `%%private` off a cell, which then runs as any other.

    An empty line stays in their place, so that line numbers stay true, unless another cell magic
    follows, which has to come first.
    """
    if not lines or not (found := _MARK.match(lines[0])):
        return lines
    magic, name = found.group(1), found.group(2) or ""
    if magic == "step" and not _STEP_NAME.match(name):
        shown = f"'{name}' is no name for a step" if name else "The step has no name"
        then = "Type `%%step NAME` with letters, digits and underscores, for example `%%step train`."
        raise ShownError(UsageError(f"{shown}.", then))
    if len(lines) > 1 and lines[1].startswith("%%"):
        return strip_marks(lines[1:])
    return ["\n", *lines[1:]]
