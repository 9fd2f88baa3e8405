"""Parts: what a screen is made of, beside blocks: things that can be clicked, chosen or typed into."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nbmlops.faces.blocks import Bars, Block, Line, Listing, Picture, Table, Tone
from nbmlops.faces.wording import address_text

__all__ = [
    "Badge",
    "Button",
    "Cell",
    "Code",
    "Column",
    "Confirm",
    "Field",
    "Form",
    "Grid",
    "GridRow",
    "Image",
    "Link",
    "Moment",
    "Part",
    "Place",
    "Row",
    "Section",
    "Spark",
    "address_parts",
    "describe_part",
    "describe_parts",
    "plain_blocks",
]


@dataclass(frozen=True, slots=True)
class Badge:
    """A few words in a colour, with a sign that says the same without colour."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Spark:
    """A number with the way that led to it, as a small curve."""

    text: str
    points: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: `text` says it exactly, `stamp` is what a page reckons "3 min ago" from."""

    text: str
    stamp: str


Cell = str | Badge | Spark | Moment

Place = Literal["", "name", "figure", "mark", "state", "time", "note"]
"""Where a cell stands when there is no room for columns; one without a place is left out there."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: the bytes of a PNG in base 64."""

    content: str
    caption: str


@dataclass(frozen=True, slots=True)
class Link:
    """A file on the kernel's machine: opened where the page can, else its path is there to be copied."""

    text: str
    path: str
    home: str


@dataclass(frozen=True, slots=True)
class Button:
    """What does something when it is clicked: an act, and what is sent with it."""

    text: str
    act: str
    value: Mapping[str, Any] = field(default_factory=dict)
    look: Literal["plain", "main", "danger"] = "plain"
    enabled: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """What can be typed or chosen; its `name` is the key under which its value is sent.

    With an `act` it is sent when it changes, else with the form that it stands in.
    """

    name: str
    label: str
    entry: Literal["text", "choice", "check", "search", "number"] = "text"
    value: Any = ""
    options: tuple[str, ...] = ()
    hint: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """Fields, and a button that sends them all."""

    fields: tuple[Field, ...]
    submit: Button


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a grid; where it has a `sort`, a click on its head sorts by that."""

    title: str
    right: bool = False
    sort: str = ""
    place: Place = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of a grid: its key, which is sent when it is opened or chosen."""

    key: str
    cells: tuple[Cell, ...]
    chosen: bool = False
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose rows can be opened or chosen, and whose columns can be sorted by.

    One that is `short` leaves room for what is shown below it, and is scrolled.
    """

    label: str
    columns: tuple[Column, ...]
    rows: tuple[GridRow, ...]
    sorted_by: str = ""
    descending: bool = True
    sort_act: str = ""
    open_act: str = ""
    choose_act: str = ""
    empty: str = "nothing yet"
    short: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Parts beside each other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Parts under a heading, which may be folded away."""

    title: str
    parts: tuple[Part, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of text as it would be typed, which can be copied."""

    text: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """The second step of what cannot be taken back: what will happen, and the word that allows it.

    `fields` are filled in by who confirms.
    """

    text: str
    yes: str
    word: str
    fields: tuple[Field, ...] = ()


Part = Block | Button | Field | Form | Grid | Row | Section | Code | Confirm | Image | Link


def describe_part(part: Part) -> dict[str, Any]:
    """Return a part as JSON: its kind and its fields."""
    kind = type(part).__name__.lower()
    return {**{name: _describe(value) for name, value in _list_fields(part)}, "kind": kind}


def _list_fields(part: Any) -> list[tuple[str, Any]]:
    return [(f.name, getattr(part, f.name)) for f in dataclasses.fields(part)]


def _describe(value: Any) -> Any:
    if isinstance(value, Bars):
        return {"kind": "bars", "text": str(value), "counts": list(value.counts)}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return describe_part(value)  # type: ignore[arg-type]
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return {str(key): _describe(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_describe(inner) for inner in value]
    return value


def plain_blocks(parts: Iterable[Part]) -> list[Block]:
    """Return what of some parts can be read without clicking, as blocks."""
    found: list[Block] = []
    for part in parts:
        if isinstance(part, Line | Table | Listing | Picture):
            found.append(part)
        elif isinstance(part, Grid):
            headings = tuple(column.title for column in part.columns)
            right = frozenset(i for i, column in enumerate(part.columns) if column.right)
            found.append(Table(headings, tuple(_plain_row(row) for row in part.rows), right, part.empty))
        elif isinstance(part, Section):
            inside = plain_blocks(part.parts)
            found += [Line(part.title, "strong"), *inside] if inside else []
        elif isinstance(part, Row):
            found += plain_blocks(part.parts)
        elif isinstance(part, Code):
            found.append(Line(part.text))
        elif isinstance(part, Link):
            found.append(Line(f"{part.text}: {part.path}"))
        elif isinstance(part, Image):
            found.append(Line(f"figure: {part.caption}", "quiet"))
    return found


def address_parts(parts: Iterable[Part], prompt: str) -> list[Part]:
    """Write the commands in what some parts say as they are typed where it is read."""
    return [_address_part(part, prompt) for part in parts]


def _address_part(part: Part, prompt: str) -> Part:
    if isinstance(part, Line):
        return dataclasses.replace(part, text=address_text(part.text, prompt))
    if isinstance(part, Table | Grid):
        return dataclasses.replace(part, empty=address_text(part.empty, prompt))
    if isinstance(part, Section | Row):
        return dataclasses.replace(part, parts=tuple(address_parts(part.parts, prompt)))
    return part


def _plain_row(row: GridRow) -> tuple[str, ...]:
    return tuple(cell if isinstance(cell, str) else cell.text for cell in row.cells)


def describe_parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return parts as JSON."""
    return [describe_part(part) for part in parts]
