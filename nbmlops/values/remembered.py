"""Remembered arrays: the digests of long arrays of atoms, known again by the objects that lie in them."""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from typing import Any

import xxhash

__all__ = ["RememberedArrays"]

_CELLS = 4_000_000


class RememberedArrays:
    """Knows an array again by the addresses in it.

    An atom never changes, and each remembered one is kept alive, so that its address cannot become
    another's: the same addresses are the same content. Only the newest `_CELLS` cells are remembered.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[list[Any], bytes]] = OrderedDict()
        self._cells = 0

    def find(self, cells: Any) -> bytes | None:
        """Return the digest of an array that holds the very objects of a remembered one."""
        key = _read_addresses(cells)
        found = self._known.get(key) if key else None
        if key is None or found is None:
            return None
        self._known.move_to_end(key)
        return found[1]

    def keep(self, cells: Any, values: list[Any], digest: bytes) -> None:
        """Remember the digest of an array; `values` are its cells in order."""
        key = _read_addresses(cells)
        if key is None or key in self._known or len(values) > _CELLS:
            return
        self._known[key] = (values, digest)
        self._cells += len(values)
        while self._cells > _CELLS:
            _, (dropped, _) = self._known.popitem(last=False)
            self._cells -= len(dropped)


def _read_addresses(cells: Any) -> bytes | None:
    """Return a digest of the addresses in a contiguous array of objects."""
    if not cells.flags.c_contiguous:
        return None
    start, nbytes = cells.__array_interface__["data"][0], cells.nbytes
    return xxhash.xxh3_128_digest((ctypes.c_char * nbytes).from_address(start))
