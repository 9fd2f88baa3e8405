"""Blocks: what a face has to say, before it is known whether it becomes text or HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nbmlops.faces.shapes import Shape

__all__ = ["Bars", "Block", "Line", "Listing", "Mark", "Picture", "Table", "Tone"]

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

    One without a place never ran: it is there to be copied, and nothing stands before it. `assumed` says
    that it is kept without evidence, to be safe.
    """

    place: int | None
    source: str
    kept: bool = True
    notes: tuple[str, ...] = ()
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Sources one below the other; those not kept are shown faintly."""

    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, the sentence that says what it shows, and the same in numbers for who does not see it.

    One that is `folded` is drawn when it is asked for; one that `repeats` what the blocks beside it say is
    left out of a text.
    """

    shape: Shape
    caption: str
    table: Table
    folded: bool = False
    repeats: bool = False


Block = Line | Table | Listing | Picture
