"""Row prints: the rows of a table as numbers, by which equal rows of two tables are known and counted."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from typing import Any

import xxhash

__all__ = [
    "Overlap",
    "RowPrints",
    "choose_columns",
    "count_equal",
    "leave_out",
    "name_columns",
    "print_rows",
    "weigh_table",
]

_MOST_KEPT = 16_384
_LOOKED_AT = 3
_ALL = 2**64 - 1
_APART, _APART_ROWS, _APART_COLUMNS, _FEWEST = 0.9, 2000, 16, 8
_PLAIN = frozenset({"string", "boolean", "integer", "floating", "mixed-integer-float", "empty"})


@dataclass(frozen=True, slots=True)
class RowPrints:
    """The rows of a table: the distinct numbers that stand for them, in order, and how often each occurs.

    Of a large table some rows are chosen by their content, those whose number in `choices` is at most
    `limit`: so two tables choose the same rows. `twins` is the share of rows that have an equal one in
    the same table; `apart` says that two columns hardly ever repeat: equal rows are then no chance.
    `digest` is the same for the same rows in another order.
    """

    rows: int
    columns: int | None
    prints: Any
    counts: Any
    choices: Any
    limit: int
    twins: float
    apart: bool
    digest: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many of the `compared` rows of a table are among those of another, and how many by chance."""

    compared: int
    equal: int
    expected: float


def weigh_table(value: Any) -> int:
    """Return about how many bytes printing a table reads; 0 where it is none that can be printed."""
    if _find_kind(value) is None:
        return 0
    rows, columns = value.shape[0], value.shape[1] if value.ndim > 1 else 1
    return int(8 * (min(rows, _MOST_KEPT) * columns + rows * _LOOKED_AT))


def print_rows(value: Any) -> RowPrints | None:
    """Return the prints of a frame, a series, or an array of one or two dimensions.

    None for anything else, and where a column holds objects that are neither numbers nor texts: none of
    the user's code runs. Equal rows of an array and of a frame have equal prints.
    """
    import numpy

    kind = _find_kind(value)
    if kind is None or not 1 <= value.ndim <= 2 or not all(value.shape):
        return None
    table = value.reshape(-1, 1) if kind == "array" and value.ndim == 1 else value
    table = table.to_frame() if kind == "series" else table
    rows, columns = table.shape
    looked = _read_bits(table, slice(0, None, -(-columns // _LOOKED_AT)), None)
    if looked is None:
        return None
    choices = _mix_rows(looked)
    limit = _ALL if rows <= _MOST_KEPT else int(_ALL * (_MOST_KEPT / rows))
    chosen = None if limit == _ALL else numpy.flatnonzero(choices <= numpy.uint64(limit))
    bits = _read_bits(table, slice(None), chosen)
    if bits is None:
        return None
    hashed = [xxhash.xxh3_64_intdigest(row) for row in numpy.ascontiguousarray(bits)]
    prints, first, counts = numpy.unique(
        numpy.array(hashed, dtype=numpy.uint64), return_index=True, return_counts=True
    )
    width = None if value.ndim == 1 else columns
    digest = xxhash.xxh3_128_hexdigest(prints.tobytes() + counts.tobytes() + f"{rows} {width}".encode())
    return RowPrints(
        rows=rows,
        columns=width,
        prints=prints,
        counts=counts,
        choices=(choices if chosen is None else choices[chosen])[first],
        limit=limit,
        twins=float(counts[counts > 1].sum() / max(1, counts.sum())),
        apart=_are_apart(bits[first[:_APART_ROWS]]),
        digest=digest,
    )


def count_equal(part: RowPrints, whole: RowPrints) -> Overlap:
    """Count the rows of `part` that are among those of `whole`, and how many chance would bring.

    Of tables of which some rows were chosen those are compared that both would choose.
    """
    import numpy

    if part.columns != whole.columns:
        return Overlap(0, 0, 0.0)
    shared = part.choices <= numpy.uint64(min(part.limit, whole.limit))
    equal = shared & numpy.isin(part.prints, whole.prints, assume_unique=True)
    compared, found = int(part.counts[shared].sum()), int(part.counts[equal].sum())
    chance = 0.0 if part.apart and whole.apart else max(part.twins, whole.twins)
    return Overlap(compared, found, chance * compared)


def name_columns(value: Any) -> tuple[str, ...] | None:
    """Return the names of a frame's columns, where all are texts and differ; None for anything else."""
    if _find_kind(value) != "frame":
        return None
    names = tuple(value.columns)
    plain = all(type(name) is str for name in names)
    return names if plain and len(set(names)) == len(names) else None


def choose_columns(value: Any, names: tuple[str, ...]) -> Any:
    """Return a frame of some of its columns; None where it does not have them, or nothing else."""
    known = name_columns(value)
    if known is None or len(known) <= len(names) or not set(names) <= set(known):
        return None
    return value.loc[:, list(names)]


def _find_kind(value: Any) -> str | None:
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    kind = type(value)
    if numpy is not None and kind is numpy.ndarray:
        return "array" if value.dtype.kind in "fiub" else None
    if pandas is not None and kind in (pandas.DataFrame, pandas.Series):
        return "frame" if kind is pandas.DataFrame else "series"
    return None


def _read_bits(table: Any, columns: slice, rows: Any) -> Any:
    """Return 64 bits for each value of some columns and rows; None where a column cannot be read."""
    import numpy

    if type(table) is numpy.ndarray:
        part = table[:, columns]
        return _spell_numbers(part if rows is None else part[rows])
    import pandas

    part = table.iloc[:, columns] if rows is None else table.iloc[rows, columns]
    found = []
    for position in range(part.shape[1]):
        bits = _spell_column(part.iloc[:, position], pandas)
        if bits is None:
            return None
        found.append(bits)
    return numpy.column_stack(found)


def _spell_numbers(numbers: Any) -> Any:
    import numpy

    plain = numbers.astype(numpy.float64) + 0.0  # there is but one zero
    plain[numpy.isnan(plain)] = numpy.nan
    return plain.view(numpy.uint64)


def _spell_column(column: Any, pandas: Any) -> Any:
    types = pandas.api.types
    if types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype):
        return _spell_numbers(column.to_numpy(dtype="float64", na_value=float("nan")))
    if types.is_datetime64_any_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        return _spell_numbers(column.astype("int64").to_numpy())
    values = column.to_numpy(dtype=object)
    if types.infer_dtype(values, skipna=True) not in _PLAIN:
        return None
    return pandas.util.hash_array(values, categorize=True)


def _mix_rows(bits: Any) -> Any:
    """Return one number a row, evenly spread."""
    import numpy

    total = numpy.zeros(len(bits), dtype=numpy.uint64)
    for position in range(bits.shape[1]):
        mixed = (total ^ bits[:, position]) * numpy.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        total = mixed ^ (mixed >> numpy.uint64(31))
    return total


def _are_apart(bits: Any) -> bool:
    """Say whether at least two columns hardly ever repeat among rows that are all different."""
    import numpy

    if len(bits) < _FEWEST:
        return False
    found = 0
    for position in range(min(bits.shape[1], _APART_COLUMNS)):
        found += numpy.unique(bits[:, position]).size >= _APART * len(bits)
        if found == 2:
            return True
    return False


def leave_out(prints: RowPrints, others: RowPrints) -> RowPrints:
    """Return the prints of a table without those that another table has as well."""
    import numpy

    if prints.columns != others.columns:
        return prints
    kept = ~numpy.isin(prints.prints, others.prints, assume_unique=True)
    return dataclasses.replace(
        prints, prints=prints.prints[kept], counts=prints.counts[kept], choices=prints.choices[kept]
    )
