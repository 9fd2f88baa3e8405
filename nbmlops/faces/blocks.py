"""Blocks: what a face has to say, before it is known whether it becomes text or HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Bars", "Block", "Line", "Listing", "Mark", "Table", "Tone"]

_BARS = " ▁▂▃▄▅▆▇█"

Tone = Literal["plain", "good", "bad", "quiet", "strong"]


class Bars(str):
    """Counts as small bars: drawn with characters in a text, and as a picture on a page.

    >>> Bars([1, 4, 2])
    '▂█▄'
    """

    counts: tuple[int, ...]

    def __new__(cls, counts: Sequence[int]) -> Bars:
        """Draw counts, the highest as high as a character is."""
        highest, steps = max(counts, default=0), len(_BARS) - 1
        drawn = (_BARS[-(-count * steps // highest)] if highest else " " for count in counts)
        made = super().__new__(cls, "".join(drawn))
        made.counts = tuple(counts)
        return made


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the columns whose indexes are in `right` hold numbers; a cell may be `Bars`."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    empty: str = "nothing yet"


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of source with what is said about it; `place` is its cell's execution number.

    `assumed` says that it is kept without evidence, to be safe.
    """

    place: int
    source: str
    kept: bool = True
    notes: tuple[str, ...] = ()
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Sources one below the other; those not kept are shown faintly."""

    marks: tuple[Mark, ...]


Block = Line | Table | Listing
