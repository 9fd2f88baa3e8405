"""Text: blocks as aligned plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import category, east_asian_width

from nbmlops.faces.blocks import Block, Line, Listing, Table

__all__ = ["clean_text", "measure_text", "render_text"]

_GAP = "  "


def render_text(blocks: Iterable[Block]) -> str:
    """Write blocks as plain text, a blank line round tables and listings."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Line):
            if parts and parts[-1].startswith("\n"):
                parts.append("")
            parts.append(clean_text(block.text))
        elif isinstance(block, Table):
            parts.append("\n" + _render_table(block))
        else:
            parts.append("\n" + _render_listing(block))
    return "\n".join(parts).strip("\n")


def clean_text(text: str) -> str:
    """Replace control characters, with which recorded text could repaint a terminal."""
    return "".join(c if c in "\n\t" or category(c) not in ("Cc", "Cf") else "\ufffd" for c in text)


def measure_text(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in ("W", "F") else 1 for c in text
    )


def _render_table(table: Table) -> str:
    if not table.rows:
        return f"({table.empty})"
    rows = [table.headings, *(tuple(clean_text(c).replace("\n", " ") for c in row) for row in table.rows)]
    widths = [max(measure_text(row[i]) for row in rows) for i in range(len(table.headings))]
    lines = [_render_row(row, widths, table.right) for row in rows]
    if not any(table.headings):
        return "\n".join(lines[1:])
    lines.insert(1, _GAP.join("-" * width for width in widths))
    return "\n".join(lines)


def _render_row(row: tuple[str, ...], widths: list[int], right: frozenset[int]) -> str:
    cells = []
    for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
        space = " " * (width - measure_text(cell))
        cells.append(space + cell if index in right else cell + space)
    return _GAP.join(cells).rstrip()


def _render_listing(listing: Listing) -> str:
    width = max((len(str(mark.place)) for mark in listing.marks), default=1)
    lines: list[str] = []
    for mark in listing.marks:
        first, *others = clean_text(mark.source).splitlines() or [""]
        sign = "*" if mark.kept else " "
        lines.append(f"{sign} [{mark.place:>{width}}] {first}".rstrip())
        indent = " " * (width + 5)
        lines.extend(f"{indent}{line}".rstrip() for line in others)
        lines.extend(f"{indent}  <- {clean_text(note)}" for note in mark.notes)
    return "\n".join(lines)
