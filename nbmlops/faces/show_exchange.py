"""Show exchange: what pushing to another tracker or pulling from it came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line
from nbmlops.faces.wording import count_things

if TYPE_CHECKING:
    from nbmlops.core.exchange import Exchanged

__all__ = ["show_exchanged"]

_MOST = 20


def show_exchanged(found: Exchanged) -> Sequence[Block]:
    """Show how many runs and versions went over, and what could not go as it is."""
    word = f"would be {found.direction}" if found.tried else found.direction
    way = "to" if found.direction == "pushed" else "from"
    blocks: list[Block] = [
        Line(
            f"{word} {way} {found.place}: {count_things(found.new, 'new run')}, {found.updated} updated, "
            f"{found.same} as before; {count_things(found.versions, 'version')} of models",
            "good",
        )
    ]
    if found.deleted:
        named = ", ".join(found.deleted[:5]) + (" ..." if len(found.deleted) > 5 else "")
        then = "`--restore` brings them back" if found.direction == "pushed" else "they stay here"
        blocks.append(Line(f"deleted there: {named}; {then}"))
    blocks += [Line(note, "quiet") for note in found.notes[:_MOST]]
    if len(found.notes) > _MOST:
        blocks.append(Line(f"and {len(found.notes) - _MOST} more such notes: `--json` lists them", "quiet"))
    return blocks
