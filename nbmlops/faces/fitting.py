"""Fitting: what is shown of a record, cut until a notebook can hold it, and what was left out is said."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from nbmlops.faces.blocks import Bars, Block, Line, Listing, Mark, Picture, Table
from nbmlops.faces.page import render_html
from nbmlops.faces.text import render_text

__all__ = ["MOST_BYTES", "make_bundle"]

MOST_BYTES = 96_000
"""Of HTML and text together; a notebook that shows a thousand records still opens."""

_STEPS = ((2000, 20_000), (500, 4_000), (200, 1_000), (60, 400), (20, 200), (8, 120))


def make_bundle(blocks: Sequence[Block]) -> dict[str, str]:
    """Return blocks as text and as HTML, less than 100 kB of both together.

    Where they are longer, the longest tables, listings and texts are cut, and a line says so.
    """
    shown, steps = blocks, iter(_STEPS)
    while True:
        step = next(steps, None)
        if step is None or _count_letters(shown) <= MOST_BYTES // 2:  # they stand in the text and in the HTML
            bundle = _render(shown)
            if step is None or _measure(bundle) <= MOST_BYTES:
                return bundle
        rows, letters = step
        said = Line(
            f"shown in part: at most {rows:,} rows of each table and {letters:,} letters of each text"
        )
        shown = [*(_cut_block(block, rows, letters) for block in blocks[:rows]), said]


def _count_letters(blocks: Sequence[Block]) -> int:
    """Count what would be shown, which takes much less time than to show it."""
    return sum(sum(map(len, _list_texts(block))) for block in blocks)


def _list_texts(block: Block) -> Iterator[str]:
    if isinstance(block, Line):
        yield block.text
    elif isinstance(block, Listing):
        for mark in block.marks:
            yield from (mark.source, *mark.notes)
    elif isinstance(block, Table):
        for row in block.rows:
            yield from row


def _render(blocks: Sequence[Block]) -> dict[str, str]:
    return {"text/plain": render_text(blocks), "text/html": render_html(blocks)}


def _measure(bundle: dict[str, str]) -> int:
    return sum(len(text.encode("utf-8", "replace")) for text in bundle.values())


def _cut_block(block: Block, rows: int, letters: int) -> Block:
    if isinstance(block, Line):
        return dataclasses.replace(block, text=_cut_text(block.text, letters))
    if isinstance(block, Table):
        return _cut_table(block, rows, letters)
    if isinstance(block, Picture):
        return dataclasses.replace(
            block, caption=_cut_text(block.caption, letters), table=_cut_table(block.table, rows, letters)
        )
    return Listing(tuple(_cut_marks(block.marks, rows, letters)))


def _cut_table(table: Table, rows: int, letters: int) -> Table:
    width = max(2, min(len(table.headings), rows))
    cut = tuple(tuple(_cut_text(cell, letters) for cell in row[:width]) for row in table.rows[:rows])
    if len(table.rows) > rows:
        cut = (*cut, (f"and {len(table.rows) - rows:,} more", *[""] * (min(width, len(table.headings)) - 1)))
    return dataclasses.replace(
        table, headings=tuple(_cut_text(text, letters) for text in table.headings[:width]), rows=cut
    )


def _cut_marks(marks: Sequence[Mark], rows: int, letters: int) -> Iterator[Mark]:
    for mark in marks[:rows]:
        notes = tuple(_cut_text(note, letters) for note in mark.notes[:rows])
        yield dataclasses.replace(mark, source=_cut_text(mark.source, letters), notes=notes)
    if len(marks) > rows:
        yield Mark(marks[rows].place, f"… and {len(marks) - rows:,} more statements", kept=False)


def _cut_text(text: str, letters: int) -> str:
    if len(text) <= letters or isinstance(text, Bars):
        return text
    return f"{text[:letters]}… ({len(text) - letters:,} more letters)"
