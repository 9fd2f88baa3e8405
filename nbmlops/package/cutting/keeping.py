"""Keeping: which raw rows the features belong to, after a cleaning that drops some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from nbmlops.package.runtime.cleaning import DroppedError

__all__ = ["Make", "find_kept"]

Make = Callable[[pd.DataFrame], Any]


def find_kept(make: Make, raw: pd.DataFrame, made: Any) -> tuple[list[int], bool]:
    """Return the positions of the raw rows that `made` holds in turn, and whether its index told them."""
    total, count = len(raw), made.shape[0]
    index = getattr(made, "index", None)
    plain = index is not None and index.equals(pd.RangeIndex(count))
    told = index is not None and bool(index.is_unique and index.isin(range(total)).all())
    if index is not None and told and (count == total or not plain):
        return [int(label) for label in index], True
    if count == total:
        return list(range(total)), False
    return _bisect(make, raw, list(range(total))), False


def _bisect(make: Make, raw: pd.DataFrame, positions: list[int]) -> list[int]:
    """Return which rows survive the cleaning, asking for smaller and smaller parts."""
    try:
        count = make(raw.iloc[positions].reset_index(drop=True)).shape[0]
    except DroppedError:
        return []
    if count == len(positions):
        return positions
    if len(positions) == 1:
        return []
    middle = len(positions) // 2
    return _bisect(make, raw, positions[:middle]) + _bisect(make, raw, positions[middle:])
