"""Bits: exact equality of frames and arrays, dtype for dtype, with missing equal to missing."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["are_same", "first_difference", "is_contained", "take_rows"]


def take_rows(value: Any, positions: list[int]) -> Any:
    """Return the rows of a frame, series, array or sparse matrix at `positions`."""
    if hasattr(value, "tocsr"):
        value = value.tocsr()
    return value.iloc[positions] if hasattr(value, "iloc") else value[positions]


def first_difference(made: Any, wanted: Any) -> str | None:
    """Say what first differs between two tables, whatever their indexes; None where nothing does."""
    if isinstance(made, pd.DataFrame) != isinstance(wanted, pd.DataFrame):
        return f"it is a {type(made).__name__} and not a {type(wanted).__name__}"
    if tuple(made.shape) != tuple(wanted.shape):
        return f"it has the shape {tuple(made.shape)} and not {tuple(wanted.shape)}"
    if isinstance(wanted, pd.DataFrame):
        if list(made.columns) != list(wanted.columns):
            return "it has other columns"
        for number, column in enumerate(wanted.columns):
            problem = _differ(made.iloc[:, number], wanted.iloc[:, number])
            if problem is not None:
                return f"the column '{column}' {problem}"
        return None
    return _differ(made, wanted)


def are_same(parts: list[Any], whole: Any) -> bool:
    """Say whether tables of one row each are, one after the other, the rows of `whole`."""
    if not parts:
        return True
    if isinstance(whole, pd.DataFrame):
        dtypes = list(whole.dtypes)
        for part in parts:
            if not isinstance(part, pd.DataFrame) or not part.columns.equals(whole.columns):
                return False
            if list(part.dtypes) != dtypes:
                return False
        return first_difference(pd.concat(parts), whole) is None
    return all(first_difference(part, take_rows(whole, [n])) is None for n, part in enumerate(parts))


def _differ(made: Any, wanted: Any) -> str | None:
    if hasattr(made, "tocsr") != hasattr(wanted, "tocsr"):
        return f"is a {type(made).__name__} and not a {type(wanted).__name__}"
    if made.dtype != wanted.dtype:
        return f"is of {made.dtype} and not of {wanted.dtype}"
    if hasattr(made, "tocsr"):
        pairs = zip(_sparse_rows(made), _sparse_rows(wanted), strict=True)
        count = sum(here != there for here, there in pairs)
        return f"differs in {count} rows" if count else None
    left, right = _bits(made), _bits(wanted)
    same = left == right
    if not bool(np.all(same)):
        return f"differs in {int(np.size(same) - np.sum(same))} rows"
    return None


def _bits(value: Any) -> Any:
    """Return an array whose equality is equality of bits, but for missing values."""
    if isinstance(getattr(value, "dtype", None), pd.CategoricalDtype):
        return np.asarray(value.cat.codes)
    array = value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.asarray(np.nan, dtype=array.dtype), array)
        return np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}")
    if array.dtype.kind in "mM":
        return array.view("i8")
    if array.dtype.kind == "O":
        missing = np.asarray(pd.isna(array))
        return np.where(missing, "\0missing", array)
    return array


def is_contained(part: Any, whole: Any) -> bool:
    """Say whether each row of `part` is among the rows of `whole`, bit for bit, as often as it is there."""
    left, right = _row_bytes(part), _row_bytes(whole)
    return not Counter(left) - Counter(right)


def _row_bytes(value: Any) -> list[Any]:
    if hasattr(value, "tocsr"):
        return _sparse_rows(value)
    if isinstance(value, pd.DataFrame):
        columns = [_bits(value.iloc[:, n]) for n in range(value.shape[1])]
    else:
        array = _bits(value)
        columns = [array] if array.ndim == 1 else list(array.T)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _sparse_rows(value: Any) -> list[tuple[bytes, bytes]]:
    """Return the places and the bits of what is stored of each row: a table of all words is never filled."""
    rows = value.tocsr(copy=True)
    rows.sum_duplicates()
    places, bits, ends = rows.indices.astype(np.int64), np.ascontiguousarray(_bits(rows.data)), rows.indptr
    return [
        (places[start:end].tobytes(), bits[start:end].tobytes())
        for start, end in itertools.pairwise(ends.tolist())
    ]
