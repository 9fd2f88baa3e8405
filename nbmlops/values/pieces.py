"""Pieces: a saved value as the memory that it lies in, without a copy and with its rows told apart."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import xxhash

from nbmlops.core.digest import digest_bytes, digest_text
from nbmlops.core.table import TableLayout
from nbmlops.values.boundaries import CHUNK, FIXED, LINES

__all__ = ["Piece", "Pieces", "cut_columns", "digest_parts", "guess_width", "hash_bytes", "unweave", "weave"]

_WIDEST = 64
_TILE = 4096
_SHORT = CHUNK // 4
_SAMPLE = 4096


def hash_bytes(data: bytes | memoryview) -> str:
    """Return 32 hexadecimal characters that tell a chunk or a piece from all others (xxh3, 128 bits)."""
    return xxhash.xxh3_128_hexdigest(data)


def digest_parts(hashes: Iterable[str]) -> str:
    """Return the identity of what consists of parts with these hashes."""
    return digest_text("\n".join(("parts", *hashes)))


def guess_width(content: bytes | memoryview) -> int:
    """Say how bytes of which nothing else is known are best cut: as lines, where they seem to be text."""
    start = bytes(content[:_SAMPLE])
    return LINES if b"\n" in start and b"\0" not in start else FIXED


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a saved value: `data` in cells of `width` bytes, as `boundaries` knows them.

    Where `columns` is more than 1 the cells of that many columns alternate.
    """

    data: memoryview
    width: int = FIXED
    columns: int = 1


@dataclass(frozen=True)
class Pieces:
    """All parts of a saved value, in order, and where in it columns lie; valid until the value is changed."""

    parts: tuple[Piece, ...]
    layout: TableLayout | None = None

    @property
    def size(self) -> int:
        """Number of bytes."""
        return sum(len(part.data) for part in self.parts)

    @functools.cached_property
    def hashes(self) -> tuple[str, ...]:
        """The hash of each part."""
        return tuple(hash_bytes(part.data) for part in self.parts)

    @property
    def is_short(self) -> bool:
        """Whether it is kept as one."""
        return self.size <= _SHORT

    @functools.cached_property
    def digest(self) -> str:
        """The identity of the whole: that of its bytes, or of the list of its parts."""
        return digest_bytes(self.join()) if self.is_short else digest_parts(self.hashes)

    def has_held(self) -> bool:
        """Say whether the value is still what it was when its hashes were taken."""
        return self.hashes == tuple(hash_bytes(part.data) for part in self.parts)

    def join(self) -> bytes:
        """Return the bytes as one."""
        return b"".join(part.data for part in self.parts)


def cut_columns(view: memoryview) -> Iterator[Piece]:
    """Yield the pieces of an array's memory, in C order: those of each column where it holds a table."""
    flat = pickle.PickleBuffer(view).raw()
    shape = view.shape or ()
    rows, across = (shape[0], shape[1]) if len(shape) == 2 else (1, 1)
    if 1 < across <= _WIDEST and rows > across and view.itemsize in (1, 2, 4, 8):
        yield Piece(flat, view.itemsize, across)
        return
    width = next(width for width in (8, 4, 2, 1) if view.itemsize % width == 0)
    line = across * view.itemsize
    step = max(1, CHUNK // 4 // max(1, line)) * line if rows > 1 and line else len(flat)
    for start in range(0, len(flat), max(1, step)):
        yield Piece(flat[start : start + step], width)


def unweave(data: memoryview, width: int, columns: int) -> list[memoryview]:
    """Return each column of cells that alternate."""
    import numpy

    cells = numpy.frombuffer(data, dtype=f"u{width}").reshape(-1, columns)
    split = numpy.empty((columns, len(cells)), dtype=cells.dtype)
    for start in range(0, len(cells), _TILE):
        split[:, start : start + _TILE] = cells[start : start + _TILE].T
    return [memoryview(column).cast("B") for column in split]


def weave(columns: list[bytes], width: int) -> bytes:
    """Return the cells of columns as they alternate."""
    import numpy

    split = [numpy.frombuffer(column, dtype=f"u{width}") for column in columns]
    cells = numpy.empty((len(split[0]), len(split)), dtype=f"u{width}")
    for start in range(0, len(cells), _TILE):
        for at, column in enumerate(split):
            cells[start : start + _TILE, at] = column[start : start + _TILE]
    data: Any = cells
    return bytes(memoryview(data).cast("B"))
