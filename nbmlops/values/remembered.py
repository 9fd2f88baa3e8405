"""Remembered arrays: the digests of long arrays of atoms, known again by the objects that lie in them."""

from __future__ import annotations

import ctypes
import marshal
import sys
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import xxhash

from nbmlops.values.arrays import find_owner
from nbmlops.values.classes import ATOMS

__all__ = ["RememberedArrays"]

_MOST = 4_000_000


@dataclass(frozen=True, slots=True)
class _Remembered:
    """An array as it was: `objects` are what lay in it, kept alive so that no address becomes another's."""

    digest: bytes
    objects: list[Any]
    start: int
    owner: Any


class RememberedArrays:
    """Tells the content of arrays of atoms from the addresses in them.

    An atom never changes, and each remembered one is kept alive, so that its address cannot become
    another's: the same addresses are the same content. An array is remembered as long as its memory
    is there and holds it; only the newest `_MOST` objects are kept.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._at: dict[int, bytes] = {}
        self._kept = 0

    def digest_cells(self, cells: Any) -> bytes | None:
        """Return the digest of what lies in an array of objects, in C order; None if not all are atoms."""
        numpy = sys.modules["numpy"]
        owner, cells = find_owner(cells), numpy.ascontiguousarray(cells).reshape(-1)
        start, nbytes = cells.__array_interface__["data"][0], cells.nbytes
        raw = (ctypes.c_char * nbytes).from_address(start)
        key = xxhash.xxh3_128_digest(raw)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known.digest
        codes, first = _number_objects(numpy, numpy.frombuffer(raw, "u8"))
        objects = cells[first].tolist()
        if not set(map(type, objects)) <= ATOMS:
            return None
        digest = _digest_coded(numpy, codes, objects)
        self._keep(key, digest, objects, start, owner)
        return digest

    def _keep(self, key: bytes, digest: bytes, objects: list[Any], start: int, owner: Any) -> None:
        earlier = self._at.get(start)
        if earlier is not None:
            self._forget(earlier)
        if len(objects) > _MOST:
            return
        watched = weakref.ref(owner, lambda _: self._forget(key)) if _is_watchable(owner) else None
        self._known[key] = _Remembered(digest, objects, start, watched)
        self._at[start] = key
        self._kept += len(objects)
        while self._kept > _MOST:
            self._forget(next(iter(self._known)))

    def _forget(self, key: bytes) -> None:
        dropped = self._known.pop(key, None)
        if dropped is not None:
            self._kept -= len(dropped.objects)
            if self._at.get(dropped.start) == key:
                del self._at[dropped.start]


def _is_watchable(owner: Any) -> bool:
    return type(owner).__weakrefoffset__ != 0


def _number_objects(numpy: Any, addresses: Any) -> tuple[Any, Any]:
    """Number addresses in the order of their first places; return the numbers and these places."""
    pandas = sys.modules.get("pandas")
    if pandas is None:
        _, first, codes = numpy.unique(addresses, return_index=True, return_inverse=True)
        order = first.argsort()
        rank = numpy.empty_like(order)
        rank[order] = numpy.arange(len(order))
        return rank[codes], first[order]
    codes, found = pandas.factorize(addresses)
    first = numpy.empty(len(found), "i8")
    first[codes[::-1]] = numpy.arange(len(codes) - 1, -1, -1)
    return codes, first


def _digest_coded(numpy: Any, codes: Any, objects: list[Any]) -> bytes:
    """Return the digest of cells that are told by the numbers of `objects`, some of which may be equal."""
    keys = objects if set(map(type, objects)) == {str} else [_spell_atom(value) for value in objects]
    told = dict.fromkeys(keys)
    if len(told) < len(keys):
        places = {key: at for at, key in enumerate(told)}
        codes = numpy.fromiter(map(places.__getitem__, keys), "i8", len(keys))[codes]
    hasher = xxhash.xxh3_128(codes.astype("u4"))
    hasher.update(_join_keys(list(told)))
    return hasher.digest()


def _spell_atom(value: Any) -> str | bytes:
    return value if type(value) is str else marshal.dumps(value, 2)


def _join_keys(keys: list[Any]) -> bytes:
    try:
        text = "\0".join(keys)
    except TypeError:
        return b"m" + marshal.dumps(keys, 2)
    if text.count("\0") != len(keys) - 1:
        return b"m" + marshal.dumps(keys, 2)
    return b"t" + text.encode("utf-8", "surrogatepass")
