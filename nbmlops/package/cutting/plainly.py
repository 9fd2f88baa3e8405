"""Plainly: learned values written as JSON that runs nothing when it is read, or refused by their kind."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.errors import PackageError
from nbmlops.package.runtime.trusted import import_skops, name_untrusted

__all__ = ["write_plain"]


def write_plain(value: Any) -> Any:
    """Return the node of JSON that stands for a value; raise PackageError where it has no such form."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if np.isfinite(value) else ["float", repr(value)]
    if type(value) is bytes:
        return ["bytes", _spell(value)]
    for found in (_write_container, _write_numpy, _write_table, _write_pandas):
        node = found(value)
        if node is not None:
            return node
    return _write_estimator(value)


def _spell(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _write_container(value: Any) -> Any:
    if type(value) in (list, tuple, set, frozenset):
        return [type(value).__name__, [write_plain(item) for item in value]]
    if type(value) is dict:
        return ["dict", [[write_plain(key), write_plain(item)] for key, item in value.items()]]
    return None


def _write_numpy(value: Any) -> Any:
    if isinstance(value, np.generic) and not isinstance(value, np.void | np.object_):
        return ["scalar", value.dtype.str, _spell(value.tobytes())]
    if isinstance(value, np.dtype) and value.names is None:
        return ["numpy dtype", value.str]
    if type(value) is not np.ndarray:
        return None
    if value.dtype == object:
        return ["objects", list(value.shape), [write_plain(item) for item in value.ravel()]]
    order: Any = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    return ["array", value.dtype.str, list(value.shape), order, _spell(value.tobytes(order))]


def _write_table(value: Any) -> Any:
    if type(value) is pd.Series:
        return ["series", _write_cells(value.array), write_plain(value.index), write_plain(value.name)]
    if type(value) is pd.DataFrame:
        cells = [_write_cells(value.iloc[:, number].array) for number in range(value.shape[1])]
        return ["frame", write_plain(value.columns), write_plain(value.index), cells]
    if type(value) is pd.RangeIndex:
        return ["range", value.start, value.stop, value.step, write_plain(value.name)]
    if type(value) is pd.MultiIndex:
        parts = ([write_plain(each) for each in group] for group in (value.levels, value.codes, value.names))
        return ["levels", *parts]
    if isinstance(value, pd.Index):
        return ["index", _write_cells(value.array), write_plain(value.name)]
    return None


def _write_pandas(value: Any) -> Any:
    if isinstance(value, pd.CategoricalDtype):
        return ["category dtype", write_plain(value.categories), value.ordered]
    if isinstance(value, pd.StringDtype):
        return ["string dtype", value.storage, _name_missing(value)]
    if isinstance(value, pd.api.extensions.ExtensionDtype):
        return ["dtype", str(value)]
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return _write_cells(value)
    if type(value) is pd.Timestamp:
        return ["timestamp", value.isoformat()]
    if type(value) is pd.Timedelta:
        return ["timedelta", value.isoformat()]
    return None


def _name_missing(dtype: pd.StringDtype) -> str:
    return "NA" if dtype.na_value is pd.NA else "nan"


def _write_cells(cells: Any) -> Any:
    """Return the node of a column's values."""
    dtype: Any = cells.dtype
    # The array of a StringDtype is one of numpy's too: it would come back without its dtype.
    plain = isinstance(cells, pd.arrays.NumpyExtensionArray) and not isinstance(dtype, pd.StringDtype)
    if isinstance(dtype, np.dtype) or plain:
        return write_plain(np.asarray(cells))
    if isinstance(dtype, pd.CategoricalDtype):
        return ["factor", write_plain(np.asarray(cells.codes)), write_plain(dtype)]
    if isinstance(dtype, pd.StringDtype):
        items = [None if pd.isna(item) else str(item) for item in cells]
        return ["strings", dtype.storage, _name_missing(dtype), items]
    if hasattr(cells, "_mask"):
        mask = np.asarray(cells.isna())
        filled = cells.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        return ["masked", str(dtype), write_plain(filled), write_plain(mask)]
    raise _refuse(f"a column of {dtype}")


def _write_estimator(value: Any) -> Any:
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    try:
        content: bytes = import_skops().dumps(value)
        strange = name_untrusted(content)
    except Exception as error:
        raise _refuse(f"a '{kind}'") from error
    if strange:
        raise _refuse(f"a '{kind}', in which is {', '.join(strange)}")
    return ["skops", _spell(content)]


def _refuse(what: str) -> PackageError:
    return PackageError(
        f"The row function has learned {what}, which has no form that runs nothing when it is read.",
        "Package it with `--format pickle`, or make it with scikit-learn's own transformers.",
    )
