"""Show hints: one line under the cell that gave cause, and all of a history with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line

if TYPE_CHECKING:
    from nbmlops.core.hint import Cited, Hint, HintList
    from nbmlops.core.witness import RowsUsed

__all__ = ["show_hints", "word_line"]

_MOST = 120


def word_line(hints: Sequence[Hint]) -> str:
    """Return the one line that is said under a cell."""
    first = hints[0]
    more = f" (+{len(hints) - 1} more: %nbmlops hints)" if len(hints) > 1 else f" [{first.id}]"
    return f"nbmlops: {first.text}: {first.then}{more}"


def show_hints(found: HintList) -> Sequence[Block]:
    """Show each hint with the statements and tables that it rests on."""
    blocks: list[Block] = [Line(found.said, "good")] if found.said else []
    open_hints = [hint for hint in found.hints if not hint.dismissed]
    for hint in open_hints:
        blocks.append(Line(f"{hint.text}: {hint.then}", "strong"))
        blocks.append(Line(f"{hint.id} · {hint.kind}{_word_counts(hint)}", "quiet"))
        blocks.extend(Line(f"    {_word_table(table)}", "quiet") for table in hint.tables)
        blocks.extend(Line(f"    {_word_statement(cited)}", "quiet") for cited in hint.statements)
    if not open_hints:
        blocks.append(Line(f"no hint about history {found.history}"))
    dismissed = [hint.id for hint in found.hints if hint.dismissed]
    if dismissed:
        blocks.append(
            Line(f"dismissed: {', '.join(dismissed)}; `nbmlops hints restore ID` takes it back", "quiet")
        )
    return (*blocks, *(Line(f"not known: {note}", "quiet") for note in found.notes))


def _word_counts(hint: Hint) -> str:
    if hint.equal is None:
        return ""
    chance = "" if hint.expected is None else f", {hint.expected:.1f} expected by chance"
    return f" · {hint.equal} of {hint.compared} rows equal{chance}"


def _word_table(table: RowsUsed) -> str:
    size = f"{table.rows}" if table.columns is None else f"{table.rows}×{table.columns}"
    looked = "" if table.sampled >= table.rows else f", {table.sampled} rows looked at"
    return f"{table.table or 'a part'}: {size}, rows {table.digest[:8]}{looked}"


def _word_statement(cited: Cited) -> str:
    line = " ".join(cited.source.split())
    return f"cell {cited.execution}: {line if len(line) <= _MOST else line[: _MOST - 1] + '…'}"
