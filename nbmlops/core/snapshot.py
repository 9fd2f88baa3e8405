"""Snapshots: a value or a file as it was after some execution, and what differs between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nbmlops.core.value import Profile, SavedValue

__all__ = ["ColumnDifference", "Difference", "Restored", "Snapshot"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is kept of a name or a file: `execution` is that after which it was taken.

    `added` is the number of bytes that the store grew by, `profile` that of a table.
    """

    name: str
    history: str
    execution: int
    value: SavedValue
    profile: Profile | None = None
    added: int = 0


@dataclass(frozen=True, slots=True)
class Restored:
    """A snapshot that was brought back: under the name `bound` in this kernel, or into the file `path`."""

    name: str
    history: str
    execution: int
    type: str
    bound: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """One column of two tables.

    `cells` counts the values that differ row by row (None where the tables have other numbers of rows, or
    the column cannot be read without loading it). `shape_before` and `shape_after` count values in equal
    bins, or under equal labels, over both tables; `shift` is the largest distance of their distributions
    (Kolmogorov-Smirnov, or the total variation of labels; 0 to 1).
    """

    name: str
    change: Literal["added", "removed", "changed", "same"]
    dtype_before: str | None = None
    dtype_after: str | None = None
    cells: int | None = None
    missing_before: int | None = None
    missing_after: int | None = None
    mean_before: float | None = None
    mean_after: float | None = None
    shape_before: tuple[int, ...] = ()
    shape_after: tuple[int, ...] = ()
    shift: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two snapshots.

    Of tables, `rows_added` and `rows_removed` count rows by their values, wherever they stand; None
    where there is no table, or no column that both have can be read without loading it.
    """

    before: Snapshot
    after: Snapshot
    same: bool
    rows_before: int | None = None
    rows_after: int | None = None
    rows_added: int | None = None
    rows_removed: int | None = None
    columns: tuple[ColumnDifference, ...] = ()
    notes: tuple[str, ...] = ()
