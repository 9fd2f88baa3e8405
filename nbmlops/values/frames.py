"""Frames: how the values of pandas are described, without importing it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from nbmlops.values.arrays import find_owner, take_cells, take_objects
from nbmlops.values.kinds import Handler

__all__ = ["FRAMES"]


def _take_frame(walk: Any, value: Any, kind: Any) -> None:
    manager = value._mgr
    single = len(manager.axes) == 1
    columns: list[Any] = [None] * (1 if single else len(manager.axes[0]))
    for block in manager.blocks:
        places = [0] if single else block.mgr_locs.as_array.tolist()
        walk.note_object(find_owner(block.values))
        for place, cells in zip(places, _read_rows(block.values), strict=True):
            columns[place] = (cells,)
    walk.mark(kind.label, bool(value.flags.allows_duplicate_labels), len(columns))
    cells = None
    plain = sys.modules["numpy"].ndarray
    for column in columns:
        if type(column[0]) is plain or hasattr(column[0], "__array_interface__"):
            take_cells(walk, column[0])
        else:
            walk.mark("column")
            walk.note_parts(column)
            walk.push(column)
    walk.push(manager.axes)


def _read_rows(values: Any) -> Iterable[Any]:
    """Return a block's columns one by one, contiguous where that can be had by copying the block once."""
    if values.ndim == 1:
        return [values]
    numpy = sys.modules["numpy"]
    if type(values) is not numpy.ndarray or values.strides[1] == values.itemsize:
        return [values[at] for at in range(len(values))]
    starts = range(0, len(values), 16)
    return [row for at in starts for row in numpy.ascontiguousarray(values[at : at + 16])]


def _take_backed(walk: Any, value: Any, kind: Any) -> None:
    cells = value._ndarray
    walk.note_object(find_owner(cells))
    _tell_dtype(walk, value._dtype)
    if cells.dtype.kind != "O":
        walk.mark(kind.label, cells.shape)
        take_cells(walk, cells)
        return
    take_objects(walk, kind.label, cells)


def _tell_dtype(walk: Any, dtype: Any) -> None:
    """Describe the type of a column; that of text, which most frames have many of, by what it consists of."""
    if type(dtype) is sys.modules["pandas"].StringDtype:
        walk.mark("text", dtype.storage, repr(dtype.na_value))
    else:
        walk.push([dtype])


def _take_nullable(walk: Any, value: Any, kind: Any) -> None:
    data = value._data
    walk.note_object(find_owner(data))
    walk.mark(kind.label)
    if value._mask.any():
        data = data.copy()
        data[value._mask] = 0
    take_cells(walk, data)


def _take_arrow(walk: Any, value: Any, kind: Any) -> None:
    told = str(value._pa_array.type).removeprefix("large_")
    walk.mark(kind.label, told)
    if told == "string":
        walk.tell_items("cells", value._pa_array.to_numpy().tolist())
    else:
        walk.tell_items("cells", value._pa_array.to_pylist())


def _take_index(walk: Any, value: Any, kind: Any) -> None:
    """An index is its attributes and its data, which never change: that a copy has them too is no sharing."""
    data = object.__getattribute__(value, "__dict__").get("_data")
    if type(data).__name__ == "StringArray":
        _tell_dtype(walk, data.dtype)
        take_objects(walk, "index", data._ndarray)
    elif hasattr(data, "__array_interface__"):
        take_cells(walk, data)
    else:
        walk.push([data])


FRAMES: dict[str, Handler] = {
    "pandas:NDFrame": _take_frame,
    "pandas:Index": _take_index,
    "pandas:NDArrayBacked": _take_backed,
    "pandas:BaseMaskedArray": _take_nullable,
    "pandas:ArrowExtensionArray": _take_arrow,
}
