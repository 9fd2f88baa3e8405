"""Pickling: a plain pickle in pieces, in which arrays lie as they do in memory."""

from __future__ import annotations

import bisect
import functools
import io
import itertools
import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import cloudpickle

from nbmlops.values.boundaries import FIXED, LINES
from nbmlops.values.pieces import Piece, Pieces, cut_columns
from nbmlops.values.texts import write_texts

__all__ = ["Pickled", "Place", "find_address", "pickle_plain", "pickle_with_code"]

_LONG = 128 * 1024
_WHOLE = 1 << 24
_FEW = 64
_ACROSS = 256

Place = tuple[int, int]
"""Where some bytes lie in a pickle: their first place, and how many they are."""


@dataclass(frozen=True)
class Pickled:
    """A pickle in pieces, and where in it the memory of arrays lies.

    `places` knows memory by its address; `texts` are arrays of strings with the text that stands for
    each. `names_main` says that something in it may be found in ``__main__`` only.
    """

    pieces: Pieces
    places: dict[int, Place]
    texts: tuple[tuple[Any, bytes], ...]
    names_main: bool

    @functools.cached_property
    def _starts(self) -> list[int]:
        return sorted(self.places)

    def find_cells(self, cells: Any) -> tuple[int, int] | None:
        """Return where in the pickle the first of some cells lies, and how far it is to the next."""
        step = cells.strides[0]
        if not len(cells) or (step < cells.itemsize and len(cells) > 1):
            return None
        place = self.find_memory(_start(cells), step * (len(cells) - 1) + cells.itemsize)
        return None if place is None else (place, step)

    def find_memory(self, address: int, size: int) -> int | None:
        """Return where in the pickle some memory lies, if it does."""
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0:
            return None
        start = self._starts[at]
        position, whole = self.places[start]
        return position + address - start if address + size <= start + whole else None

    def find_equal(self, data: memoryview) -> int | None:
        """Return where in the pickle a copy of some memory lies, if there is one."""
        starts = list(itertools.accumulate((len(part.data) for part in self.pieces.parts), initial=0))
        for position, size in self.places.values():
            if size == data.nbytes:
                at = bisect.bisect_right(starts, position) - 1
                inside = position - starts[at]
                if self.pieces.parts[at].data[inside : inside + size] == data:
                    return position
        return None

    def find_text(self, cells: Any) -> tuple[int, int, int] | None:
        """Return place and length of the text that stands for some strings, and where in it they begin."""
        for array, text in self.texts:
            first = _start(cells) - _start(array)
            if cells.strides[0] == cells.itemsize and 0 <= first < array.nbytes:
                position, length = self.places[find_address(memoryview(text))]
                return position, length, first // cells.itemsize
        return None


def pickle_plain(value: Any) -> Pickled:
    """Pickle a value; what it raises is whatever the value's own types raise."""
    sink = _Sink()
    _Plain(sink).dump(value)
    return sink.assemble()


def pickle_with_code(value: Any) -> Pickled:
    """Pickle a value with the code of the functions and classes that the notebook made."""
    sink = _Sink()
    _WithCode(sink).dump(value)
    return sink.assemble()


class _Call:
    """What is called with which arguments when the pickle is read."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments


@dataclass(slots=True)
class _Sink:
    """The file that a pickle is written to: keeps what it is given, and copies nothing long."""

    written: list[Any] = field(default_factory=list)
    buffers: list[pickle.PickleBuffer] = field(default_factory=list)
    texts: list[tuple[Any, bytes]] = field(default_factory=list)

    def write(self, data: Any) -> int:
        """Take some bytes, or a long buffer as it lies in memory."""
        self.written.append(data)
        return len(data) if isinstance(data, bytes) else memoryview(data).nbytes

    def note_buffer(self, buffer: pickle.PickleBuffer) -> bool:
        """Hear of a buffer before it is written, and let it be written where it belongs."""
        self.buffers.append(buffer)
        return True

    def reduce_array(self, array: Any) -> Any:
        """Say how an array is pickled, where numpy's own way would lose sight of its rows."""
        if array.dtype.kind == "O":
            return self._reduce_texts(array)
        if array.dtype.kind in "mM" and array.flags.c_contiguous and array.size:
            import numpy

            buffer = pickle.PickleBuffer(array.view("i8"))
            return numpy.ndarray, (array.shape, array.dtype, buffer)
        return NotImplemented

    def _reduce_texts(self, array: Any) -> Any:
        if array.ndim == 2 and 0 < len(array) <= _ACROSS:
            import numpy

            return numpy.reshape, (_Call(numpy.concatenate, list(array)), array.shape)
        if array.ndim not in (1, 2) or array.size < _FEW or not array.flags.c_contiguous:
            return NotImplemented
        found = write_texts(array.ravel().tolist())
        if found is None:
            return NotImplemented
        import numpy

        text, gaps, absent = found
        self.texts.append((array, text))
        items = _Call(numpy.array, _Call(json.loads, pickle.PickleBuffer(text)), array.dtype)
        made = (numpy.array, items.arguments) if array.ndim == 1 else (numpy.reshape, (items, array.shape))
        if not gaps:
            return made
        places = numpy.unravel_index(gaps, array.shape)
        return *made, None, None, iter([(places, absent)])

    def assemble(self) -> Pickled:
        """Return what was written as pieces, with the place of every buffer."""
        lines = {id(text) for _, text in self.texts}
        parts: list[Piece] = []
        places: dict[int, Place] = {}
        names_main, position, waiting = False, 0, iter(self.buffers)
        for item, short in self._group(waiting):
            if isinstance(item, bytes):
                names_main = names_main or (b"__main__" in item)
                places |= _find_short(short, item, position)
                parts.append(Piece(memoryview(item), _guess_width(item)))
                position += len(item)
                continue
            view = memoryview(item)
            places[find_address(view)] = (position, view.nbytes)
            parts += [Piece(item.raw(), LINES)] if id(view.obj) in lines else cut_columns(_in_order(item))
            position += view.nbytes
        return Pickled(Pieces(tuple(parts)), places, tuple(self.texts), names_main)

    def _group(self, waiting: Iterator[pickle.PickleBuffer]) -> Iterator[tuple[Any, list[memoryview]]]:
        """Yield each long item, and all short ones between two as one, with the buffers that lie in it."""
        short: list[bytes] = []
        for item in [*self.written, b""]:
            if isinstance(item, bytes) and item and len(item) < _LONG:
                short.append(item)
                continue
            inside = []
            if isinstance(item, pickle.PickleBuffer) or not item:
                inside = _take_before(waiting, item)
            if short:
                yield b"".join(short), inside
                short = []
            if item:
                yield item, []


class _Plain(pickle.Pickler):
    def __init__(self, sink: _Sink) -> None:
        super().__init__(sink, 5, buffer_callback=sink.note_buffer)
        self._sink = sink

    def reducer_override(self, value: Any) -> Any:
        return _reduce_value(self._sink, value)


class _WithCode(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, sink: _Sink) -> None:
        super().__init__(sink, 5, buffer_callback=sink.note_buffer)
        self._sink = sink

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, io.IOBase | memoryview) and not isinstance(value, io.BytesIO | io.StringIO):
            # cloudpickle would save what can be read from it now, which is another object.
            raise pickle.PicklingError(f"cannot pickle '{type(value).__name__}' object")
        found = _reduce_value(self._sink, value)
        return super().reducer_override(value) if found is NotImplemented else found


def _reduce_value(sink: _Sink, value: Any) -> Any:
    kind = type(value)
    if kind is _Call:
        return value.function, value.arguments
    if kind.__name__ == "ndarray" and kind.__module__ == "numpy":
        return sink.reduce_array(value)
    return NotImplemented


def find_address(view: memoryview) -> int:
    """Return where in memory something lies, 0 where it is empty."""
    import numpy

    if not view.nbytes:
        return 0
    flat = numpy.frombuffer(pickle.PickleBuffer(view).raw(), dtype=numpy.uint8)
    return int(flat.__array_interface__["data"][0])


def _start(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def _take_before(buffers: Iterator[pickle.PickleBuffer], end: Any) -> list[memoryview]:
    """Return the buffers that come before one, or all that are left."""
    return [memoryview(b) for b in itertools.takewhile(lambda buffer: buffer is not end, buffers)]


def _find_short(buffers: list[memoryview], data: bytes, position: int) -> dict[int, Place]:
    """Return the places of short buffers, which lie in `data` in their order."""
    found, cursor = {}, 0
    for view in buffers:
        content = pickle.PickleBuffer(view).raw()
        at = data.find(content, cursor)
        if at >= 0 and len(content):
            found[find_address(view)] = (position + at, len(content))
            cursor = at + len(content)
    return found


def _in_order(buffer: pickle.PickleBuffer) -> memoryview:
    """Return a buffer's memory in C order, with its shape."""
    view = memoryview(buffer)
    if view.c_contiguous or view.ndim != 2:
        return view if view.c_contiguous else buffer.raw()
    import numpy

    turned: Any = numpy.asarray(view).T
    return memoryview(turned)


def _guess_width(data: bytes) -> int:
    if len(data) >= _LONG and len(data) % 8 == 0:
        return 8
    return 1 if len(data) <= _WHOLE else FIXED
