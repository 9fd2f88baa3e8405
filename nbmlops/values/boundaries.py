"""Boundaries: where long bytes are cut, so that what is put in at one place moves no cut at another."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

__all__ = ["CHUNK", "FIXED", "LINES", "cut_bytes"]

CHUNK = 256 * 1024
"""Bytes in a chunk of what is not cut by its rows: the best balance of writing, sharing and reading."""

FIXED = 0
"""The width that says that nothing is known of the bytes: they are cut at every `CHUNK`."""
LINES = -1
"""The width that says that the bytes are lines of text."""

_LEAST, _MOST = CHUNK // 4, CHUNK * 4
_GRID, _LAST = 65_000, CHUNK // 32  # a chunk that fills four pages of the store and begins no fifth
_WINDOW = 32
_TILE = 1 << 15
_BASE = 0x9E3779B97F4A7C15
_LIMIT = 1 << 64


def cut_bytes(data: memoryview, width: int) -> Iterator[memoryview]:
    """Yield the chunks of some bytes.

    A cut is made where the numbers of `width` bytes before it happen to look alike, so that the same rows
    are cut alike wherever they stand, and from there on at even distances. What follows the last of these
    cuts comes in small chunks, so that rows can be appended without keeping much of them again.
    """
    size = len(data)
    if width == FIXED or size <= _LEAST:
        yield from (data[start : start + CHUNK] for start in range(0, size, CHUNK))
        return
    start = 0
    for cut in _choose_cuts(_find_candidates(data, width), size, abs(width)):
        yield from (data[place : min(place + _GRID, cut)] for place in range(start, cut, _GRID))
        start = cut
    while size - start >= _GRID:
        yield data[start : start + _GRID]
        start += _GRID
    yield from (data[place : place + _LAST] for place in range(start, size, _LAST))


def _choose_cuts(candidates: Any, size: int, width: int) -> Iterator[int]:
    """Yield cuts that are neither too near to each other nor too far apart."""
    most = _MOST // width * width
    start = 0
    for cut in candidates:
        while cut - start > most:
            start += most
            yield start
        if cut - start >= _LEAST:
            yield cut
            start = cut
    while size - start > most:
        start += most
        yield start


def _find_candidates(data: memoryview, width: int) -> list[int]:
    import numpy

    if width != LINES:
        usable = len(data) // width * width
        numbers = numpy.frombuffer(data[:usable], dtype=f"<u{width}")
        chance = width * _LIMIT // (CHUNK - _LEAST)
        return [(at + 1) * width for at in _match_windows(numbers, chance)]
    octets = numpy.frombuffer(data, dtype=numpy.uint8)
    ends = numpy.flatnonzero(octets == ord("\n"))
    ends = ends[ends >= 8]
    if len(ends) < _WINDOW:
        return []
    before = numpy.ndarray((len(data) - 7,), "<u8", data, strides=(1,))[ends - 8]
    lengths = numpy.diff(ends, prepend=ends[0]).astype(numpy.uint64)
    chance = min(_LIMIT - 1, len(data) // len(ends) * _LIMIT // (CHUNK - _LEAST))
    matched = _match_windows(before ^ (lengths * numpy.uint64(_BASE)), chance)
    return [int(ends[at]) + 1 for at in matched]


def _match_windows(numbers: Any, chance: int) -> Iterator[int]:
    """Yield where the last numbers, hashed in their order, fall into the highest `chance` of 2**64."""
    import numpy

    powers, inverses = _make_powers()
    limit = numpy.uint64(_LIMIT - chance)
    sums = numpy.zeros(_TILE + _WINDOW + 1, dtype=numpy.uint64)
    hashes = numpy.empty(_TILE, dtype=numpy.uint64)
    for start in range(0, len(numbers), _TILE):
        first = max(0, start - _WINDOW)
        tile = numbers[first : start + _TILE]
        before = sums[1 : len(tile) + 1]
        numpy.multiply(tile, powers[: len(tile)], out=before, casting="unsafe", dtype=numpy.uint64)
        numpy.cumsum(before, out=before)
        count = len(tile) - _WINDOW
        if count <= 0:
            continue
        found = hashes[:count]
        numpy.subtract(sums[_WINDOW + 1 : len(tile) + 1], sums[1 : count + 1], out=found)
        numpy.multiply(found, inverses[_WINDOW : len(tile)], out=found)
        yield from (numpy.flatnonzero(found >= limit) + (first + _WINDOW)).tolist()


@functools.cache
def _make_powers() -> tuple[Any, Any]:
    """Return the powers of an odd number, and those of its inverse, modulo 2**64."""
    import numpy

    powers = numpy.full(_TILE + _WINDOW, _BASE, dtype=numpy.uint64)
    inverses = numpy.full(_TILE + _WINDOW, pow(_BASE, -1, _LIMIT), dtype=numpy.uint64)
    return numpy.cumprod(powers), numpy.cumprod(inverses)
