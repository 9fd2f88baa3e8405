"""Plain values: learned values as JSON of numbers, texts and named kinds, which runs nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from .trusted import load_trusted

__all__ = ["read_plain"]

_Read = Callable[..., Any]


def read_plain(node: Any) -> Any:
    """Return the value that a node of JSON stands for: itself, or a kind and what it is made of."""
    if not isinstance(node, list):
        return node
    kind, *parts = node
    return _READERS[kind](*parts)


def _read_array(dtype: str, shape: list[int], order: str, text: str) -> Any:
    found = np.frombuffer(base64.b64decode(text), dtype=np.dtype(dtype))
    return found.reshape(shape, order="F" if order == "F" else "C").copy(order="K")


def _read_objects(shape: list[int], items: list[Any]) -> Any:
    made = np.empty(len(items), dtype=object)
    made[:] = [read_plain(item) for item in items]
    return made.reshape(shape)


def _read_strings(storage: str, missing: str, items: list[Any]) -> Any:
    dtype: Any = _read_string_dtype(storage, missing)
    return pd.array([None if item is None else item for item in items], dtype=dtype)


def _read_string_dtype(storage: str, missing: str) -> Any:
    return pd.StringDtype(storage, na_value=np.nan if missing == "nan" else pd.NA)


def _read_masked(dtype: str, values: Any, mask: Any) -> Any:
    data = read_plain(values).astype(object)
    data[read_plain(mask)] = None
    kind: Any = dtype
    return pd.array(list(data), dtype=kind)


def _read_frame(columns: Any, index: Any, blocks: list[Any]) -> Any:
    labels, rows = read_plain(columns), read_plain(index)
    made = pd.DataFrame({number: read_plain(each) for number, each in enumerate(blocks)}, index=rows)
    made.columns = labels
    return made


def _read_factor(codes: Any, dtype: Any) -> Any:
    return pd.Categorical.from_codes(read_plain(codes), dtype=read_plain(dtype))


_READERS: dict[str, _Read] = {
    "array": _read_array,
    "objects": _read_objects,
    "scalar": lambda dtype, text: np.frombuffer(base64.b64decode(text), dtype=np.dtype(dtype))[0],
    "float": float,
    "bytes": base64.b64decode,
    "list": lambda items: [read_plain(item) for item in items],
    "tuple": lambda items: tuple(read_plain(item) for item in items),
    "set": lambda items: {read_plain(item) for item in items},
    "frozenset": lambda items: frozenset(read_plain(item) for item in items),
    "dict": lambda pairs: {read_plain(key): read_plain(value) for key, value in pairs},
    "numpy dtype": np.dtype,
    "dtype": pd.api.types.pandas_dtype,
    "string dtype": _read_string_dtype,
    "category dtype": lambda values, ordered: pd.CategoricalDtype(read_plain(values), ordered),
    "strings": _read_strings,
    "masked": _read_masked,
    "factor": _read_factor,
    "range": lambda start, stop, step, name: pd.RangeIndex(start, stop, step, name=read_plain(name)),
    "index": lambda values, name: pd.Index(read_plain(values), name=read_plain(name)),
    "levels": lambda levels, codes, names: pd.MultiIndex(
        [read_plain(each) for each in levels],
        [read_plain(each) for each in codes],
        names=[read_plain(each) for each in names],
    ),
    "series": lambda values, index, name: pd.Series(
        read_plain(values), index=read_plain(index), name=read_plain(name)
    ),
    "frame": _read_frame,
    "timestamp": pd.Timestamp,
    "timedelta": pd.Timedelta,
    "skops": lambda text: load_trusted(base64.b64decode(text), "learned.json"),
}
