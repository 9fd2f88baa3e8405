"""Secrecy: what is learned may hold no value that only a few rows have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.errors import PackageError
from nbmlops.package.cutting.freezing import thaw_value
from nbmlops.package.cutting.rewriting import Constant
from nbmlops.package.cutting.traces import Trace

__all__ = ["refuse_rare"]

_RARE = 10


def refuse_rare(trace: Trace, constants: Iterable[Constant], columns: Iterable[Any]) -> None:
    """Raise PackageError where a constant holds a text that fewer than ten rows have.

    It may where the model itself has a column of that name; fitted estimators are the model's own.
    """
    known = [str(column) for column in columns]
    found = _find_rare(trace.raw)
    rare = {text for text in found if not any(name.endswith(text) for name in known)}
    if not rare:
        return
    for constant in constants:
        if rare.intersection(_list_texts(thaw_value(constant.frozen))):
            raise PackageError(
                f"'{constant.learned.expression}' is learned from the whole table, and holds texts that "
                f"fewer than {_RARE} rows have: the package would tell them.",
                "Merge rare values into one ('Other') before that statement, and register the model again.",
            )


def _find_rare(raw: pd.DataFrame) -> set[str]:
    found: set[str] = set()
    for name in raw.columns:
        column = raw[name]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
            continue
        counts = column.astype(str).value_counts()
        found |= {text for text in counts.index[counts < _RARE] if isinstance(text, str) and text}
    return found


def _list_texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, pd.CategoricalDtype):
        yield from _list_texts(value.categories, depth)
    elif isinstance(value, pd.DataFrame):
        for name in value.columns:
            yield from _list_texts(value[name], depth)
    elif isinstance(value, pd.Series):
        yield from _list_texts(value.index, depth)
        yield from _list_texts(value.tolist(), depth)
    elif isinstance(value, pd.Index | np.ndarray):
        yield from _list_texts(value.tolist(), depth)
    elif isinstance(value, dict) and depth < 5:
        for key, item in value.items():
            yield from _list_texts(key, depth + 1)
            yield from _list_texts(item, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset) and depth < 5:
        for item in value:
            yield from _list_texts(item, depth + 1)
