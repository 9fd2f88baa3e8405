"""Wording: numbers, verdicts and times as a person reads them."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.faces.blocks import Block, Line, Table, Tone

if TYPE_CHECKING:
    from nbmlops.core.proof import Distance, Proof

__all__ = [
    "address_blocks",
    "address_text",
    "count_things",
    "show_count",
    "show_distance",
    "show_number",
    "show_path",
    "show_seconds",
    "show_size",
    "show_time",
    "show_verdict",
]

_COMMAND = re.compile(r"`%?nbmlops(?= )")

_VERDICTS: dict[str | None, tuple[str, Tone]] = {
    "identical": ("identical: a fresh process made the same object, bit for bit", "good"),
    "equivalent": ("equivalent: the same predictions, bit for bit, from an object that differs", "good"),
    "close": ("close: the results differ only by rounding; this is not called identical", "plain"),
    "different": ("different: a fresh process made something else", "bad"),
    "failed": ("failed: a fresh process could not make it", "bad"),
    None: ("not proven: there was nothing to compare with", "bad"),
}


def address_text(text: str, prompt: str) -> str:
    """Write the commands in a text as they are typed where it is read.

    >>> address_text("Type `nbmlops history`.", "%nbmlops")
    'Type `%nbmlops history`.'
    """
    return _COMMAND.sub(f"`{prompt}", text)


def address_blocks(blocks: Sequence[Block], prompt: str) -> list[Block]:
    """Write the commands in sentences and empty tables as they are typed where they are read."""
    return [_address_block(block, prompt) for block in blocks]


def _address_block(block: Block, prompt: str) -> Block:
    if isinstance(block, Line):
        return dataclasses.replace(block, text=address_text(block.text, prompt))
    if isinstance(block, Table):
        return dataclasses.replace(block, empty=address_text(block.empty, prompt))
    return block


def show_verdict(proof: Proof) -> Line:
    """Say the verdict of a proof in words."""
    text, tone = _VERDICTS[proof.verdict]
    if proof.verdict == "close" and proof.holds:
        return Line(f"{text}; this project's policy accepts it", "good")
    return Line(text, tone)


def show_distance(distance: Distance) -> str:
    """Say how far two objects are apart that only rounding tells apart."""
    said = (
        f"{distance.differing:,} of {distance.numbers:,} numbers differ, by at most {distance.ulps:,} "
        f"units in the last place ({distance.relative:.1e} of the largest)"
    )
    if not distance.rows:
        return said
    return f"{said}; of {distance.rows:,} predicted labels {distance.flips:,} flip"


def show_number(value: object) -> str:
    """Write a number to six significant digits, and anything else as it is."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def show_path(path: str | Path) -> str:
    """Write a path from the working directory, where it lies inside it."""
    absolute = Path(path).absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(path)


def show_seconds(seconds: float) -> str:
    """Write a duration in the unit that suits it."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


def show_size(size: int) -> str:
    """Write a number of bytes in the unit that suits it."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def show_time(stamp: str) -> str:
    """Write a time in UTC as the local time, to the minute."""
    try:
        moment = datetime.datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def show_count(kept: int, total: int) -> str:
    """Write how many of all, with the share."""
    share = f" ({kept / total:.0%})" if total else ""
    return f"{kept} of {count_things(total, 'statement')}{share}"


def count_things(number: int, thing: str) -> str:
    """Write a number with its noun, in the plural where it is not one."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
