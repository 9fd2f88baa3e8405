"""Blocks: what a face has to say, before it is known whether it becomes text or HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Block", "Line", "Listing", "Mark", "Table", "Tone"]

Tone = Literal["plain", "good", "bad", "quiet", "strong"]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the columns whose indexes are in `right` hold numbers."""

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
