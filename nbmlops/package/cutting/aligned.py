"""Alignment: which values hold one entry for each raw row, and which were learned from the whole table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["RowSpace", "count_rows", "is_rectangle", "most_learned"]

_STATISTICS = ("mode", "value_counts", "unique", "quantile", "nlargest", "nsmallest", "describe")
_DEPTH = 3
_SHOWN = 64
_LEARNED_SHARE = 0.05
_LEARNED_ROWS = (100, 1000)


def is_rectangle(value: Any) -> bool:
    """Say whether a value is a frame, a series or an array."""
    return isinstance(value, pd.DataFrame | pd.Series | np.ndarray) or _is_sparse(value)


def count_rows(value: Any) -> int:
    """Return how many entries a table or a container has; the most of those within it, if that is more."""
    if is_rectangle(value):
        return int(value.shape[0]) if value.ndim else 1
    if isinstance(value, dict):
        value = [*value.values(), *value] if len(value) <= _SHOWN else list(value)
    if isinstance(value, list | tuple | set | frozenset):
        within = [count_rows(item) for item in value] if len(value) <= _SHOWN else []
        return max([len(value), *within])
    return len(value) if isinstance(value, pd.Index | pd.api.extensions.ExtensionArray) else 1


def most_learned(rows: int) -> int:
    """Return how many entries a value may have that was learned from a table of so many rows."""
    least, most = _LEARNED_ROWS
    return min(most, max(least, int(rows * _LEARNED_SHARE)), max(1, rows // 2))


def _is_sparse(value: Any) -> bool:
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr")


class RowSpace:
    """The row counts and indexes that selections of the raw rows have had so far."""

    def __init__(self) -> None:
        self.indexes: dict[int, list[pd.Index[Any]]] = {}

    def register(self, index: pd.Index[Any]) -> None:
        """Remember an index as one of a selection of raw rows."""
        known = self.indexes.setdefault(len(index), [])
        if not any(index is other or index.equals(other) for other in known):
            known.append(index)

    def knows_count(self, count: int) -> bool:
        """Say whether some selection of the raw rows has had `count` rows."""
        return count in self.indexes

    def is_aligned(self, value: Any, parts: Iterable[Any] = (), callee: str = "", depth: int = 0) -> bool:
        """Say whether `value` holds an entry for each row of a selection of the raw rows.

        `parts` are the values that it was computed from; `callee` the method that did it.
        """
        if isinstance(value, pd.DataFrame | pd.Series):
            return self._has_index(value.index) or self._is_selection(value, parts, callee)
        if isinstance(value, pd.Index):
            return self._has_index(value, exact=True)
        if isinstance(value, np.ndarray | pd.api.extensions.ExtensionArray) or _is_sparse(value):
            shape = np.shape(value) if not _is_sparse(value) else value.shape
            return bool(shape) and self.knows_count(int(shape[0]))
        if isinstance(value, list | tuple):
            if len(value) > 1 and self.knows_count(len(value)):
                return True
            return depth < _DEPTH and any(
                self.is_aligned(item, parts, callee, depth + 1) for item in value[:_SHOWN]
            )
        if isinstance(value, dict):
            if len(value) > 1 and self.knows_count(len(value)):
                return True
            return depth < _DEPTH and any(
                self.is_aligned(item, parts, callee, depth + 1) for item in list(value.values())[:_SHOWN]
            )
        return False

    def is_part(self, value: Any) -> bool:
        """Say whether `value` holds some of the rows of a selection, as a group of them does."""
        if not isinstance(value, pd.DataFrame | pd.Series) or not len(value):
            return False
        levels = value.index.nlevels
        return any(
            value.index.isin(index).all()
            for known in self.indexes.values()
            for index in known
            if index.nlevels == levels
        )

    def _has_index(self, index: pd.Index[Any], exact: bool = False) -> bool:
        known = self.indexes.get(len(index))
        if known is None or len(index) == 0:
            return False
        if any(index is other or index.equals(other) for other in known):
            return True
        return not exact and isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1

    def _is_selection(self, value: Any, parts: Iterable[Any], callee: str) -> bool:
        if callee in _STATISTICS or len(value) == 0 or not value.index.is_unique:
            return False
        for part in parts:
            for whole in part if isinstance(part, list | tuple) else (part,):
                if _selects(whole, value) and self._has_index(whole.index):
                    self.register(value.index)
                    return True
        return False


def _selects(whole: Any, value: Any) -> bool:
    """Say whether `value` is made of rows of `whole`, unchanged."""
    if not isinstance(whole, pd.DataFrame | pd.Series) or len(whole) < len(value):
        return False
    if whole.index.nlevels != value.index.nlevels:
        return False
    if not whole.index.is_unique or not value.index.isin(whole.index).all():
        return False
    chosen = whole.loc[value.index]
    if isinstance(value, pd.Series):
        if isinstance(whole, pd.Series):
            return bool(value.equals(chosen))
        return value.name in whole.columns and bool(value.equals(chosen[value.name]))
    if isinstance(whole, pd.Series) or not whole.columns.is_unique:
        return False
    shared = [column for column in value.columns if column in whole.columns]
    return bool(shared) and bool(value[shared].equals(chosen[shared]))
