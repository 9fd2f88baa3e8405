"""Tables: where the columns of a saved frame lie in its bytes, to be read without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ColumnForm", "StoredColumn", "TableLayout"]

ColumnForm = Literal["numbers", "texts", "strings", "codes", "hidden"]


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column of a saved table.

    `form` says how its values lie there: as numbers of the numpy type `cells`, as a JSON list of texts,
    as strings one behind the other (for each of `stretches`: rows, the first of them, the places of flags
    (or -1), ends and bytes, and the width of an end), as codes of `categories`, or in a way that only
    loading would show ("hidden": `digest` tells whether two such columns are the same). `start` is the
    place of the first value in the bytes, `step` the distance to the next; `mask` the place of the flags
    that say which values are missing. `unit` is a pandas type that the numbers stand for.
    """

    name: str
    dtype: str
    form: ColumnForm
    cells: str = ""
    start: int = 0
    step: int = 0
    length: int = 0
    mask: int | None = None
    mask_step: int = 1
    categories: tuple[str, ...] = ()
    unit: str | None = None
    digest: str | None = None
    stretches: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The columns of a saved frame, series or array; `index` says that the first of them is its index."""

    rows: int
    columns: tuple[StoredColumn, ...]
    index: bool = False
