"""Carrying: several names of a namespace as bytes for another process, with what they share among them."""

from __future__ import annotations

import io
import pickle
import sys
import types
from collections.abc import Mapping
from typing import Any

import cloudpickle

from nbmlops.values.classes import mro_of, name_type
from nbmlops.values.codec import Unsavable

__all__ = ["copies_writes", "load_names", "save_names"]

_NAMESPACE = "namespace"
_TABLES = frozenset(
    {
        "pandas.core.generic.NDFrame",
        "pandas.core.indexes.base.Index",
        "pandas.core.arrays.base.ExtensionArray",
        "pandas.Index",
        "pandas.api.extensions.ExtensionArray",
    }
)


def copies_writes(value: Any) -> bool:
    """Say whether a value is a table of a pandas that copies shared memory before it writes there."""
    pandas = sys.modules.get("pandas")
    if pandas is None or int(pandas.__version__.partition(".")[0]) < 3:
        return False
    return _is_table(type(value))


def _is_table(kind: type) -> bool:
    return not _TABLES.isdisjoint(map(name_type, mro_of(kind)))


def save_names(values: Mapping[str, Any], namespace: dict[str, Any]) -> bytes:
    """Write values, whose functions look names up in `namespace`, so that another process can hold them.

    What several of them hold is the same object there, arrays keep their strides, and views stay views.

    Raises
    ------
    Unsavable
        If one of them has no form in bytes; the message begins with its name.
    """
    try:
        return _dump(dict(values), namespace)
    except Exception as problem:
        for name, value in values.items():
            try:
                _dump(value, namespace)
            except Exception as error:
                raise Unsavable(f"'{name}' holds a {name_type(type(value))}: {error}") from error
        raise Unsavable(f"they cannot be saved together: {problem}") from problem


def load_names(content: bytes, namespace: dict[str, Any]) -> dict[str, Any]:
    """Read what `save_names` wrote; the functions look names up in `namespace`.

    This runs code from `content`, so only on content of one's own. Raises Unsavable where it cannot be read.
    """
    try:
        found: dict[str, Any] = _Reader(io.BytesIO(content), namespace).load()
    except Exception as error:
        raise Unsavable(f"it cannot be read there: {type(error).__name__}: {error}") from error
    return found


def _dump(value: Any, namespace: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    _Writer(sink, namespace).dump(value)
    return sink.getvalue()


class _Writer(cloudpickle.Pickler):  # type: ignore[misc]
    """Writes functions as those of the namespace that reads them, and arrays with the memory they lie in.

    A table is written apart: pandas copies on writing, and knows nothing of memory that others see.
    """

    def __init__(self, sink: io.BytesIO, namespace: dict[str, Any], apart: bool = False) -> None:
        super().__init__(sink, 5)
        self._namespace = namespace
        self._apart = apart
        self._copies: list[Any] = []

    def persistent_id(self, value: Any) -> str | None:
        """Let the namespace be the other process's own."""
        return _NAMESPACE if value is self._namespace else None

    def reducer_override(self, value: Any) -> Any:
        """Say how functions, tables and arrays are written."""
        if isinstance(value, io.IOBase | memoryview) and not isinstance(value, io.BytesIO | io.StringIO):
            raise pickle.PicklingError(f"cannot pickle '{type(value).__name__}' object")
        if type(value) is types.FunctionType and value.__globals__ is self._namespace:
            function, _, *rest = self._dynamic_function_reduce(value)
            code, _, *others = self._function_getnewargs(value)
            state, slots = rest[0]
            return function, (code, self._namespace, *others), (state, slots | {"__globals__": {}}), *rest[1:]
        kind = type(value)
        if kind.__module__ == "pandas.core.internals.blocks" and self._apart:
            return value.__reduce__()  # its `__reduce_ex__` copies what has gaps
        if kind.__module__ == "numpy" and kind.__name__ == "ndarray":
            return self._reduce_array(value)
        if not self._apart and _is_table(kind):
            sink = io.BytesIO()
            _Writer(sink, self._namespace, apart=True).dump(value)
            return _load_apart, (sink.getvalue(),)
        return super().reducer_override(value)

    def _reduce_array(self, array: Any) -> Any:
        root = _find_root(array)
        contiguous = array.flags.c_contiguous or array.flags.f_contiguous
        lies_whole = root.flags.c_contiguous or root.flags.f_contiguous
        same_cells = not array.dtype.hasobject or array.dtype == root.dtype
        if root is array or not (lies_whole and same_cells) or (self._apart and contiguous):
            return NotImplemented
        owner = root.copy(order="K") if self._apart else root
        self._copies.append(owner)  # or its place in the memo would be another's
        offset = _address(array) - _address(root)
        writeable = bool(array.flags.writeable)
        return _make_view, (owner, offset, array.shape, array.strides, array.dtype, writeable)


class _Reader(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, namespace: dict[str, Any]) -> None:
        super().__init__(source)
        self._namespace = namespace
        _READING.append(namespace)

    def persistent_load(self, name: Any) -> Any:
        """Return the namespace that functions are to look names up in."""
        if name != _NAMESPACE:
            raise pickle.UnpicklingError(f"{name!r} is not known")
        return self._namespace


_READING: list[dict[str, Any]] = []


def _find_root(array: Any) -> Any:
    """Return the array that owns the memory of another one, as far as arrays own it."""
    while type(array.base) is type(array):
        array = array.base
    return array


def _load_apart(content: bytes) -> Any:
    return _Reader(io.BytesIO(content), _READING[-1]).load()


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def _make_view(
    owner: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any, writeable: bool
) -> Any:
    """Return an array that lies in the memory of another one."""
    import numpy

    flat = owner.ravel(order="K")
    if dtype.hasobject:
        start = flat[offset // dtype.itemsize :]
        view = numpy.lib.stride_tricks.as_strided(start, shape, strides)
    else:
        view = numpy.ndarray(shape, dtype, flat.view(numpy.uint8), offset, strides)
    if not writeable:
        view.flags.writeable = False
    return view
