"""Text: blocks as aligned plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from unicodedata import category, east_asian_width

from nbmlops.faces.blocks import Block, Line, Listing, Picture, Table

__all__ = ["clean_text", "measure_text", "render_text"]

_GAP = "  "
_WIDTH = 100
_LONGEST_WORD = 28


def render_text(blocks: Iterable[Block]) -> str:
    """Write blocks as plain text, a blank line round tables and listings."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Line):
            if parts and parts[-1].startswith("\n"):
                parts.append("")
            parts.append(_wrap_line(clean_text(block.text)))
        elif isinstance(block, Table):
            parts.append("\n" + _render_table(block))
        elif isinstance(block, Picture):
            if not block.repeats:
                parts.append(f"\n{_wrap_line(clean_text(block.caption))}\n{_render_table(block.table)}")
        else:
            parts.append("\n" + _render_listing(block))
    return "\n".join(parts).strip("\n")


def clean_text(text: str) -> str:
    """Replace control characters, with which recorded text could repaint a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in "\n\t" or category(c) not in ("Cc", "Cf") else "\ufffd" for c in text)


def measure_text(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in ("W", "F") else 1 for c in text
    )


def _wrap_note(text: str, opening: str) -> str:
    return _wrap_line(opening + text, " " * len(opening))


def _wrap_line(text: str, indent: str = "  ") -> str:
    """Break a sentence that is longer than the page between words, never inside of a path or a name."""
    if len(text) <= _WIDTH or "\n" in text:
        return text
    return textwrap.fill(
        text,
        _WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )


def _render_table(table: Table) -> str:
    if not table.rows:
        return f"({table.empty})"
    rows = [tuple(clean_text(c).replace("\n", " ") for c in row) for row in (table.headings, *table.rows)]
    widths = _fit_widths(rows, table.right)
    lines = [line for row in rows[1:] for line in _render_row(row, widths, table.right)]
    if not any(table.headings):
        return "\n".join(lines)
    head = _render_row(rows[0], widths, table.right)
    return "\n".join([*head, _GAP.join("-" * width for width in widths), *lines])


def _fit_widths(rows: Sequence[tuple[str, ...]], right: frozenset[int]) -> list[int]:
    """Return the width of each column: what it holds, or less where the page is too narrow for all.

    Lists give way first, then one column after the other, and none to less than its longest word.
    """
    widths = [max(measure_text(row[i]) for row in rows) for i in range(len(rows[0]))]
    words = [[measure_text(word) for row in rows for word in row[i].split()] for i in range(len(rows[0]))]
    natural = tuple(widths)
    lists = {i for i in range(len(rows[0])) if any(", " in row[i] for row in rows)}
    least = [min(max(found, default=0), _LONGEST_WORD) for found in words]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > _WIDTH:
        soft = [i for i, width in enumerate(widths) if i not in right and width > least[i]]
        if not soft:
            break
        widths[max(soft, key=lambda i: (i in lists, widths[i] if i in lists else natural[i]))] -= 1
    return widths


def _render_row(row: tuple[str, ...], widths: Sequence[int], right: frozenset[int]) -> list[str]:
    """Write a row, on several lines where a cell is wider than its column."""
    pieces = [
        [cell] if measure_text(cell) <= width else textwrap.wrap(cell, width, break_on_hyphens=False)
        for cell, width in zip(row, widths, strict=True)
    ]
    lines = []
    for at in range(max(map(len, pieces))):
        cells = []
        for index, (piece, width) in enumerate(zip(pieces, widths, strict=True)):
            cell = piece[at] if at < len(piece) else ""
            space = " " * (width - measure_text(cell))
            cells.append(space + cell if index in right else cell + space)
        lines.append(_GAP.join(cells).rstrip())
    return lines


def _render_listing(listing: Listing) -> str:
    width = max((len(str(mark.place)) for mark in listing.marks), default=1)
    lines: list[str] = []
    for mark in listing.marks:
        if mark.place is None:
            lines += clean_text(mark.source).splitlines()
            continue
        first, *others = clean_text(mark.source).splitlines() or [""]
        sign = " " if not mark.kept else "?" if mark.assumed else "*"
        lines.append(f"{sign} [{mark.place:>{width}}] {first}".rstrip())
        indent = " " * (width + 5)
        lines.extend(f"{indent}{line}".rstrip() for line in others)
        lines.extend(_wrap_note(clean_text(note), f"{indent}  <- ") for note in mark.notes)
    return "\n".join(lines)
