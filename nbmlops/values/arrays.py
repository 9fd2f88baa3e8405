"""Arrays: how the values of numpy are described, without importing it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

from nbmlops.values.classes import locate
from nbmlops.values.kinds import Handler

__all__ = ["ARRAYS", "find_owner", "has_rubbish", "spell_dtype", "take_cells", "take_objects"]

_SLAB = 1 << 22
_SIMPLE = frozenset("biufcmMSU")
_studied: dict[int, tuple[Any, str, tuple[tuple[int, int], ...] | None]] = {}


def find_owner(cells: Any) -> Any:
    """Return the object that owns an array's memory."""
    while (base := getattr(cells, "base", None)) is not None:
        cells = base
    return cells.obj if type(cells) is memoryview else cells


def _take_array(walk: Any, value: Any, kind: Any) -> None:
    numpy = sys.modules["numpy"]
    cells = value if kind.type is numpy.ndarray else numpy.ndarray.view(value, numpy.ndarray)
    owner = find_owner(cells)
    if owner is not value:
        walk.note_object(owner)
    if "torch" in sys.modules:  # a tensor may lie in the same memory
        holder = owner if type(owner) is numpy.ndarray else cells
        walk.note_address(int(holder.__array_interface__["data"][0]))
    shares = None
    if type(owner) is numpy.ndarray and cells.nbytes:
        others = walk.owners.setdefault(locate(owner), [])
        if others:
            found = ((at, _measure_step(o, cells)) for at, o in enumerate(others) if _overlap(o, cells))
            shares = next(found, None)
        if len(others) < 16:
            others.append(cells)
    sealed = () if owner is not value or value.flags.writeable else ("sealed",)
    walk.mark(kind.label, cells.shape, shares, *sealed)
    take_cells(walk, cells)


def _measure_step(first: Any, second: Any) -> int:
    return int(second.__array_interface__["data"][0] - first.__array_interface__["data"][0])


def _overlap(first: Any, second: Any) -> bool:
    """Tell whether a change of one array could change another: the parts of one coefficient array do not."""
    numpy = sys.modules["numpy"]
    try:
        return bool(numpy.shares_memory(first, second, max_work=1000))
    except numpy.exceptions.TooHardError:
        return bool(numpy.may_share_memory(first, second))


def take_cells(walk: Any, cells: Any) -> None:
    """Describe what lies in an array by the content of its memory, in C order."""
    dtype = cells.dtype
    walk.mark(spell_dtype(dtype))
    if dtype.kind == "O":
        take_objects(walk, "cells", cells)
        return
    if dtype.kind == "T" or dtype.hasobject:
        walk.tell_items("cells", cells.reshape(-1).tolist())
        return
    if not cells.nbytes:
        return
    walk.nbytes += cells.nbytes
    if cells.flags.c_contiguous and not (dtype.names and has_rubbish(cells)):
        walk.update(cells if dtype.kind in "biuf" else cells.reshape(-1).view("u1"))
        return
    for slab in _cut_slabs(cells):
        walk.update(slab.reshape(-1).view("u1"))


def _cut_slabs(cells: Any) -> Iterator[Any]:
    """Copy an array in contiguous pieces in C order, with zeros in the gaps between the fields of records."""
    numpy, fields = sys.modules["numpy"], cells.dtype.names or ()
    cells = numpy.atleast_1d(cells)
    rows = max(1, _SLAB * len(cells) // cells.nbytes)
    for part in (cells[start : start + rows] for start in range(0, len(cells), rows)):
        bare = numpy.zeros(part.shape, part.dtype) if fields else numpy.ascontiguousarray(part)
        for name in fields:
            bare[name] = part[name]
        yield bare


def has_rubbish(records: Any) -> bool:
    """Say whether anything but zeros may lie in the gaps between the fields of contiguous records."""
    numpy, gaps = sys.modules["numpy"], _study_dtype(records.dtype)[2]
    if gaps is None:
        return True
    width = math.gcd(8, records.dtype.itemsize)
    words = records.reshape(-1).view(f"u{width}").reshape(-1, records.dtype.itemsize // width)
    return any(int(numpy.bitwise_or.reduce(words[:, at])) & mask for at, mask in gaps)


def _find_gaps(dtype: Any) -> tuple[tuple[int, int], ...] | None:
    """Return the words of a record and the bits in them that no field covers; None where records nest."""
    bare = bytearray(b"\xff" * dtype.itemsize)
    for field, offset in (found[:2] for found in dtype.fields.values()):
        if field.names or field.subdtype:
            return None
        bare[offset : offset + field.itemsize] = bytes(field.itemsize)
    width = math.gcd(8, dtype.itemsize)
    masks = [int.from_bytes(bare[at : at + width], sys.byteorder) for at in range(0, len(bare), width)]
    return tuple((at, mask) for at, mask in enumerate(masks) if mask)


def _take_masked(walk: Any, value: Any, kind: Any) -> None:
    numpy = sys.modules["numpy"]
    _take_array(walk, value, kind)
    fill = value._fill_value
    fill = numpy.ma.default_fill_value(value.dtype) if fill is None else fill
    walk.push_made(numpy.array(fill, value.dtype))


def _take_scalar(walk: Any, value: Any, kind: Any) -> None:
    if value.dtype.kind in _SIMPLE:
        walk.mark("scalar", value.dtype.str, value.tobytes())
    else:
        walk.push_made(sys.modules["numpy"].asarray(value))


def _take_dtype(walk: Any, value: Any, kind: Any) -> None:
    walk.mark("dtype", spell_dtype(value))
    walk.push_made(*([dict(value.metadata)] if value.metadata else []))


def spell_dtype(dtype: Any) -> str:
    """Return what tells a type of cells from every other."""
    return str(dtype.str if dtype.kind in _SIMPLE or dtype.kind == "O" else _study_dtype(dtype)[1])


def _study_dtype(dtype: Any) -> tuple[Any, str, tuple[tuple[int, int], ...] | None]:
    """Return a dtype with its spelling and its gaps, worked out once for each dtype object."""
    found = _studied.get(locate(dtype))
    if found is None:
        if len(_studied) > 1000:
            _studied.clear()
        found = _studied[locate(dtype)] = (dtype, repr(dtype), _find_gaps(dtype) if dtype.names else ())
    return found


def _take_stream(walk: Any, value: Any, kind: Any) -> None:
    if value is getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None):
        walk.mark("the global stream")
    elif hasattr(value, "get_state"):
        walk.note_object(value._bit_generator)
        walk.mark(kind.label)
        walk.push_made(value.get_state(legacy=False))
    else:
        bits = getattr(value, "bit_generator", value)
        walk.note_object(bits)
        walk.mark(kind.label)
        walk.push_made(bits.state)


def take_objects(walk: Any, label: str, cells: Any) -> None:
    """Describe an array of objects; a long one of atoms by a digest of its own."""
    digest = walk.digest_cells(label, cells) if cells.size >= 1024 else None
    if digest is None:
        walk.tell_items(label, cells.reshape(-1).tolist())
    else:
        walk.mark("objects", label, digest)


ARRAYS: dict[str, Handler] = {
    "numpy:ndarray": _take_array,
    "numpy:MaskedArray": _take_masked,
    "numpy:generic": _take_scalar,
    "numpy:dtype": _take_dtype,
    "numpy:RandomState": _take_stream,
    "numpy:Generator": _take_stream,
    "numpy:BitGenerator": _take_stream,
}
