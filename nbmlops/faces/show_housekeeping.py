"""Show housekeeping: what cleaning, copying and forgetting came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line
from nbmlops.faces.wording import count_things, show_path, show_size

if TYPE_CHECKING:
    from nbmlops.core.housekeeping import Bundled, Collected, Copied, Forgotten

__all__ = ["show_bundled", "show_collected", "show_copied", "show_forgotten"]

_SHOWN = 20


def show_collected(found: Collected) -> Sequence[Block]:
    """Show what was let go, or would be."""
    done = "let go" if found.applied else "would let go"
    rule = "" if found.kept_days is None else f", of histories older than {found.kept_days} days"
    what = count_things(found.contents, "content")
    blocks: list[Block] = [
        Line(f"gc {done} {what} that nothing needs{rule}: {show_size(found.freed)}", "strong")
    ]
    blocks += [
        Line(f"{'gone' if found.applied else 'would go'}: {v}", "quiet") for v in found.values[:_SHOWN]
    ]
    if len(found.values) > _SHOWN:
        blocks.append(Line(f"and {len(found.values) - _SHOWN} more", "quiet"))
    blocks.append(Line(f"the store {show_path(found.store)} takes {show_size(found.size)}"))
    if not found.applied and found.contents:
        days = "" if found.kept_days is None else f" --days {found.kept_days}"
        blocks.append(Line(f"to do it: `nbmlops gc --apply{days}`"))
    return blocks


def show_copied(found: Copied) -> Sequence[Block]:
    """Show where a copy is."""
    blocks: list[Block] = [
        Line(
            f"{show_path(found.store)} is copied to {show_path(found.path)}, {show_size(found.size)}", "good"
        )
    ]
    if found.aside:
        blocks.append(Line(f"the store that was there is now {show_path(found.aside)}"))
    return blocks


def show_forgotten(found: Forgotten) -> Sequence[Block]:
    """Show what was forgotten, and which versions were made with it."""
    contents, records = (
        count_things(n, w) for n, w in ((found.contents, "content"), (found.records, "record"))
    )
    blocks: list[Block] = [Line(f"{found.what} is forgotten: {contents}, {records} changed", "strong")]
    blocks += [Line(f"made with it: {version}", "bad") for version in found.versions]
    return [*blocks, *(Line(note, "quiet") for note in found.notes)]


def show_bundled(found: Bundled) -> Sequence[Block]:
    """Show where a bundle is, and what can be done with it."""
    place, histories = show_path(found.path), ", ".join(found.histories)
    if found.state == "taken in":
        return (Line(f"the store holds history {histories} now", "good"),)
    if found.state == "trusted":
        return (Line(f"what {place} holds may be opened and run here now", "good"),)
    blocks: list[Block] = [Line(f"history {histories} is in {place}, {show_size(found.size)}", "strong")]
    if found.state == "in quarantine":
        blocks.append(Line(f"look at it: `nbmlops history --store {found.path}`, also why, runs and diff"))
        blocks.append(Line(f"take it in, if you trust who made it: `nbmlops trust {found.path}`"))
    else:
        blocks.append(
            Line("it holds the values and the rows that were read: give it only to whom may see them")
        )
    return blocks
