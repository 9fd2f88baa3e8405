"""Keys: whole numbers that a learned table is looked up by, and columns that nearly number persons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["RARE", "KeyCounts", "Keyed", "list_keys"]

RARE = 10
"""Fewer rows than this are few."""
_MANY = 100
_MOST_COLUMNS = 2_000
_LEAST_KEYS = 3
_TABLES = (
    pd.DataFrame,
    pd.Series,
    pd.Index,
    pd.CategoricalDtype,
    np.ndarray,
    pd.api.extensions.ExtensionArray,
)
_DEPTH = 5
_HOLDING = ("classes_", "categories_")


@dataclass(frozen=True, slots=True)
class Keyed:
    """What the keys of a table say: how many of them few rows have, and whether they number persons."""

    rare: int
    numbering: bool


class KeyCounts:
    """Counts the whole numbers of columns, so that the keys of a learned table are known as one's own.

    A column numbers persons where it has a hundred values or more, and most of its rows hold one that fewer
    than ten rows have.
    """

    def __init__(self) -> None:
        self._columns: dict[bytes, pd.Series[Any]] = {}
        self._rows = 0

    def count(self, value: Any) -> None:
        """Count the whole numbers of a column of rows, or of each column of a frame of rows."""
        if isinstance(value, pd.DataFrame):
            for number in range(value.shape[1]):
                self.count(value.iloc[:, number])
            return
        if not isinstance(value, pd.Series) or 2 * len(value) < self._rows:
            return  # a few rows that were chosen say nothing of how many have a number
        self._rows = max(self._rows, len(value))
        numbers = _take_whole(value)
        if numbers is None or len(self._columns) >= _MOST_COLUMNS:
            return
        counts = pd.Series(numbers).value_counts().sort_index()
        self._columns.setdefault(counts.index.to_numpy().tobytes(), counts)

    def judge(self, keys: list[int]) -> Keyed | None:
        """Say what keys tell, by the smallest column that has them all; None where there is none."""
        wanted = pd.Index(sorted(set(keys)), dtype=np.int64)
        holding = [c for c in self._columns.values() if len(c) >= len(wanted) and wanted.isin(c.index).all()]
        if len(wanted) < _LEAST_KEYS or not holding:
            return None
        # Of columns with as many values the one whose values many rows have: the rows may be these.
        counts = min(holding, key=lambda c: (len(c), -int(c.min())))
        few = counts[counts < RARE]
        numbering = len(counts) >= _MANY and int(few.sum()) * 2 > int(counts.sum())
        return Keyed(int(wanted.isin(few.index).sum()), numbering)


def list_keys(value: Any, depth: int = 0) -> Iterator[list[int]]:
    """Yield the whole numbers that something learned may be looked up by, set by set."""
    if isinstance(value, _TABLES):
        yield from _list_of_table(value)
    elif depth < _DEPTH and isinstance(value, dict):
        yield from _take_keys(list(value))
        for level in zip(*(key for key in value if isinstance(key, tuple)), strict=False):
            yield from _take_keys(list(level))
        for item in value.values():
            yield from list_keys(item, depth + 1)
    elif depth < _DEPTH and isinstance(value, list | tuple | set | frozenset):
        yield from _take_keys([item for item in value if isinstance(item, int | np.integer)])
        for item in value:
            yield from list_keys(item, depth + 1)
    elif depth < _DEPTH and hasattr(value, "get_params") and not isinstance(value, type):
        for name, part in vars(value).items():
            if name in _HOLDING:
                for each in part if isinstance(part, list) else [part]:
                    yield from _take_keys(np.ravel(each))
            else:
                for estimator in _list_estimators(part):
                    yield from list_keys(estimator, depth + 1)


def _list_of_table(value: Any) -> Iterator[list[int]]:
    """Yield the keys of a table: its index, and columns of whole numbers that name each of its rows."""
    if isinstance(value, pd.CategoricalDtype | pd.Categorical):
        yield from _take_keys(value.categories)
    elif isinstance(value, pd.api.extensions.ExtensionArray):
        yield from _take_keys(value)
    elif isinstance(value, pd.MultiIndex):
        for number in range(value.nlevels):
            yield from _take_keys(value.levels[number])
    elif isinstance(value, pd.Index):
        yield from () if isinstance(value, pd.RangeIndex) else _take_keys(value)
    elif isinstance(value, np.ndarray):
        yield from _take_keys(value) if value.dtype.kind in "iu" and value.ndim == 1 else ()
    else:
        yield from _list_of_table(value.index)
        for number in range(value.shape[1] if isinstance(value, pd.DataFrame) else 0):
            column = value.iloc[:, number]
            if column.is_unique and isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
                yield from _take_keys(column)


def _list_estimators(part: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the estimators that an attribute of another holds."""
    if hasattr(part, "get_params") and not isinstance(part, type):
        yield part
    elif isinstance(part, list | tuple | dict) and depth < _DEPTH:
        for item in part.values() if isinstance(part, dict) else part:
            yield from _list_estimators(item, depth + 1)


def _take_keys(values: Any) -> Iterator[list[int]]:
    numbers = _take_whole(pd.Series(values))
    if numbers is not None:
        yield numbers.tolist()


def _take_whole(values: pd.Series[Any]) -> np.ndarray[Any, Any] | None:
    """Return the whole numbers of a column, gaps left out; None where it holds anything else."""
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return None
    if kind == np.dtype(object):
        values = values.dropna()
        if not all(type(item) is int or isinstance(item, np.integer) for item in values):
            return None
    elif getattr(kind, "kind", "") not in ("i", "u", "f"):
        return None
    numbers = values.dropna().to_numpy(dtype=float)
    whole = np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all() if len(numbers) else False
    if not whole or float(np.abs(numbers).max()) >= 2**63:
        return None
    return values.dropna().to_numpy(dtype=np.int64)
