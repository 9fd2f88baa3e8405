"""Show standing: what of a history can be made again, and what is left of a notebook that is run anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.core.standing import NameStanding, Rescue, Standing
from nbmlops.faces.blocks import Block, Line, Listing, Mark, Table, Tone
from nbmlops.faces.show import show_export, show_proof
from nbmlops.faces.wording import count_things

if TYPE_CHECKING:
    from nbmlops.core.proof import Proof

__all__ = ["show_proved", "show_rescue", "show_standing"]

_WORDS = {"identical": "stands", "equivalent": "answers alike", "different": "differs", "failed": "fails"}
_WIDEST = 90


def show_proved(found: Proof | Standing) -> Sequence[Block]:
    """Show the proof of an export, or what a whole history can make again."""
    return show_standing(found) if isinstance(found, Standing) else show_proof(found)


def show_standing(found: Standing) -> Sequence[Block]:
    """Show how much can be made again, from which cell on not, and why."""
    stands = sum(name.stands for name in found.names)
    compared = [name for name in found.names if name.verdict is not None]
    blocks: list[Block] = [_summarise(found, stands, len(compared))]
    source = f" of {found.notebook}" if found.notebook else ""
    blocks.append(
        Line(f"history {found.history}{source}, {count_things(found.executions, 'execution')}", "quiet")
    )
    blocks += [Line(f"note: {note}") for note in found.notes]
    rows = tuple(
        (
            name.name,
            name.type.rpartition(".")[2],
            _WORDS.get(name.verdict or "", "not compared"),
            str(name.kept),
        )
        for name in found.names
    )
    blocks.append(
        Table(("name", "type", "again", "statements"), rows, frozenset({3}), empty="nothing is bound")
    )
    for name in found.names:
        if not name.stands:
            blocks += _explain_name(name)
    return blocks


def _summarise(found: Standing, stands: int, compared: int) -> Line:
    if not compared:
        return Line("Nothing here holds a value that could be compared.", "bad")
    if stands == compared:
        return Line(f"All {stands} values can be made again, bit for bit.", "good")
    since = f" From cell [{found.since}] on, what is in memory cannot be." if found.since else ""
    return Line(f"{stands} of {compared} values can be made again, bit for bit.{since}", "bad")


def _explain_name(name: NameStanding) -> list[Block]:
    said = (name.cause or "no cause was found").strip()
    blocks: list[Block] = [Line(f"{name.name}: {said}", "quiet" if name.verdict is None else "plain")]
    if name.diverged_at is not None and not said.startswith("It needs the statement"):
        blocks.append(Listing((Mark(name.diverged_at.execution, name.diverged_at.source),)))
    return blocks


def show_rescue(found: Rescue) -> Sequence[Block]:
    """Show what of somebody's notebook reproduces, what does not, and the model that was exported."""
    blocks: list[Block] = [Line(f"{found.notebook}, run from top to bottom", "strong")]
    blocks += [Line(text, "bad") for text in found.failed]
    if found.outputs:
        same = found.outputs - len(found.changes)
        tone: Tone = "bad" if found.changes else "good"
        shown = "output is" if found.outputs == 1 else "outputs are"
        blocks.append(Line(f"{same} of {found.outputs} saved {shown} the same as in the file.", tone))
    rows = tuple(
        (str(c.cell), _shorten(c.source), _shorten(c.before), _shorten(c.now)) for c in found.changes
    )
    if rows:
        blocks.append(Table(("cell", "source", "saved", "now"), rows, frozenset({0})))
    blocks += show_standing(found.standing)
    if found.exported is None:
        return [*blocks, Line(found.best or "No model stands, so nothing was exported.", "bad")]
    return [*blocks, Line(found.best or "", "strong"), *show_export(found.exported)]


def _shorten(text: str) -> str:
    first, newline, _ = text.strip().partition("\n")
    if len(first) > _WIDEST // 2:
        return first[: _WIDEST // 2 - 1] + "…"
    return f"{first} …" if newline else first
