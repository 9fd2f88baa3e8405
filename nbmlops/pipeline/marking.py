"""Marking: which statement begins at which line of a text, however that text is put together."""

from __future__ import annotations

import re

from nbmlops.pipeline.parts import Part

__all__ = ["mark_statement", "take_marks"]

_MARK = "#@statement "


def mark_statement(part: Part) -> str:
    """Return the line that goes before a statement."""
    execution, index = part.statement.place
    return f"{_MARK}{execution} {index}\n"


def take_marks(text: str) -> tuple[str, dict[int, tuple[int, int]]]:
    """Take the marks out, and tell which statement begins at which line."""
    kept: list[str] = []
    lines: dict[int, tuple[int, int]] = {}
    for line in text.split("\n"):
        found = re.fullmatch(rf"\s*{re.escape(_MARK)}(\d+) (\d+)", line)
        if found:
            lines[len(kept) + 1] = (int(found[1]), int(found[2]))
        else:
            kept.append(line)
    return "\n".join(kept), lines
