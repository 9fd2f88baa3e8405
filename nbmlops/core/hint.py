"""Hints: what may mislead a person about a result, with the evidence of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nbmlops.core.witness import RowsUsed

__all__ = ["CellText", "Cited", "Hint", "HintKind", "HintList"]

HintKind = Literal["shared rows", "early fit", "training score", "old value", "edited cell"]


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement that a hint rests on."""

    execution: int
    statement: int
    cell: str
    source: str


@dataclass(frozen=True, slots=True)
class Hint:
    """One line for a person, and what it rests on.

    `id` stays the same when cells are run again. `execution` is the cell under which it is said, `text` what
    was seen, `then` what to do. Of `compared` rows `equal` are the same, where rows are what it is
    about, and chance would bring `expected`; `tables` are the tables that were compared.
    """

    id: str
    kind: HintKind
    execution: int
    cell: str
    text: str
    then: str
    statements: tuple[Cited, ...] = ()
    tables: tuple[RowsUsed, ...] = ()
    equal: int | None = None
    compared: int | None = None
    expected: float | None = None
    dismissed: bool = False


@dataclass(frozen=True, slots=True)
class HintList:
    """The hints of one history.

    `live` says whether they are shown under cells here, `notes` what is not known, `said` what was done.
    """

    history: str
    live: bool
    hints: tuple[Hint, ...]
    notes: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class CellText:
    """A code cell as it stands in the notebook's file."""

    cell: str
    source: str
