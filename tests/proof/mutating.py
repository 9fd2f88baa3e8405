"""Mutating: every smallest change of a value that the walk over its parts finds a place for."""

from __future__ import annotations

import random
import struct
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Mutation", "list_mutations", "mutate_atom"]

_ATOMS = (bool, int, float, complex, str, bytes, type(None))
_QUIET = {"refit_time_", "_stop_words_id", "_fill_value", "_basedict", "_sharedmask", "_hardmask"}
"""Attributes that by definition say nothing, and parts of masked arrays that have mutations of their own."""
_TIMES = ("_fit_time'", "_score_time'")
_REDUCED = ("KDTree", "BallTree")
"""What is described by what pickle keeps of it, which is no attribute."""
_MOST = 3_000


@dataclass(frozen=True)
class Mutation:
    """A change that can be made to the value it was listed for, and where."""

    place: str
    apply: Callable[[random.Random], None]


def mutate_atom(value: Any, draw: random.Random) -> Any:
    """Return another atom: a number with one other bit, a text with one other character."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ (1 << draw.randrange(max(value.bit_length(), 8)))
        case float():
            bits = struct.unpack("<Q", struct.pack("<d", value))[0] ^ (1 << draw.randrange(64))
            return struct.unpack("<d", struct.pack("<Q", bits))[0]
        case complex():
            return complex(mutate_atom(value.real, draw), value.imag)
        case str() if value:
            at = draw.randrange(len(value))
            return f"{value[:at]}{chr(ord(value[at]) ^ 1)}{value[at + 1 :]}"
        case bytes() if value:
            at = draw.randrange(len(value))
            return value[:at] + bytes([value[at] ^ (1 << draw.randrange(8))]) + value[at + 1 :]
    return "something" if value is None else type(value)(b"x" if isinstance(value, bytes) else "x")


def list_mutations(value: Any) -> list[Mutation]:
    """Return the changes of one bit, atom or attribute that can be made in place below a value."""
    found: list[Mutation] = []
    waiting: deque[tuple[str, Any]] = deque([("value", value)])
    seen: dict[int, Any] = {}
    while waiting and len(found) < _MOST:
        place, part = waiting.popleft()
        if id(part) in seen or isinstance(part, (*_ATOMS, type)):
            continue
        seen[id(part)] = part
        if not any(word in place for word in _TIMES):
            found += _list_here(place, part)
        waiting.extend(_list_parts(place, part))
    return found


def _list_here(place: str, part: Any) -> Iterator[Mutation]:
    match part:
        case np.ma.MaskedArray() if part.size:
            yield Mutation(f"{place}:mask", lambda draw: _flip_mask(part, draw))
            yield Mutation(f"{place}:unmasked", lambda draw: _flip_unmasked(part, draw))
            yield Mutation(f"{place}:fill_value", lambda draw: _set_fill(part))
        case np.ndarray() if part.size and part.flags.writeable:
            yield Mutation(f"{place}[]", lambda draw: _flip_element(part, draw))
        case dict():
            for key, item in part.items():
                if isinstance(item, _ATOMS):
                    yield Mutation(f"{place}[{key!r}]", _set_item(part, key, item))
            yield Mutation(f"{place}:new key", lambda draw: part.__setitem__("a new key", 1))
        case list() | deque():
            for position, item in enumerate(part):
                if isinstance(item, _ATOMS):
                    yield Mutation(f"{place}[{position}]", _set_item(part, position, item))
            yield Mutation(f"{place}:longer", lambda draw: part.append(0))
        case bytearray() if part:
            yield Mutation(f"{place}:byte", _set_item(part, 0, part[0]))
        case set():
            yield Mutation(f"{place}:element", lambda draw: part.add("a new element"))
        case pd.DataFrame() | pd.Series() | pd.Index():
            return
        case _:
            for name, item in _list_attributes(part):
                if isinstance(item, _ATOMS):
                    yield Mutation(f"{place}.{name}", _set_attribute(part, name, item))
            if hasattr(part, "__dict__") and not callable(part) and not _is_reduced(part):
                yield Mutation(f"{place}:new attribute", lambda draw: part.__dict__.update(extra=1))


def _list_parts(place: str, part: Any) -> Iterator[tuple[str, Any]]:
    match part:
        case np.ndarray() if part.dtype == object:
            yield from ((f"{place}[{n}]", item) for n, item in enumerate(part.ravel()[:50]))
        case np.ndarray() | pd.DataFrame() | pd.Series() | pd.Index():
            return
        case dict():
            yield from ((f"{place}[{key!r}]", item) for key, item in part.items())
        case list() | tuple() | deque():
            yield from ((f"{place}[{n}]", item) for n, item in enumerate(part))
        case _:
            yield from ((f"{place}.{name}", item) for name, item in _list_attributes(part))
            if type(part).__name__ == "Tree" and type(part).__module__ == "sklearn.tree._tree":
                for name in ("threshold", "value", "feature", "impurity", "children_left"):
                    yield f"{place}.{name}", getattr(part, name)


def _list_attributes(part: Any) -> Iterator[tuple[str, Any]]:
    home = type(part).__module__.partition(".")[0]
    if home in {"builtins", "functools", "pandas", "numpy"} or (
        callable(part) and not hasattr(part, "get_params")
    ):
        return
    held = dict(getattr(part, "__dict__", {}))
    for kind in type(part).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(part, name) and not name.startswith("__"):
                held[name] = getattr(part, name)
    yield from ((name, item) for name, item in held.items() if name not in _QUIET)


def _is_reduced(part: Any) -> bool:
    return type(part).__name__.startswith(_REDUCED)


def _set_item(holder: Any, key: Any, item: Any) -> Callable[[random.Random], None]:
    return lambda draw: holder.__setitem__(key, mutate_atom(item, draw))


def _set_attribute(holder: Any, name: str, item: Any) -> Callable[[random.Random], None]:
    return lambda draw: object.__setattr__(holder, name, mutate_atom(item, draw))


def _flip_element(array: np.ndarray, draw: random.Random) -> None:
    """Flip one bit of one element, or of one field of it; gaps between fields are no content."""
    index = tuple(draw.randrange(size) for size in array.shape)
    target = array
    while target.dtype.names:
        target = target[draw.choice(target.dtype.names)]
    index += tuple(draw.randrange(size) for size in target.shape[len(index) :])
    match target.dtype.kind:
        case "O" | "T":
            item = target[index]
            target[index] = mutate_atom(item if isinstance(item, _ATOMS) else None, draw)
        case "b":
            target[index] = not target[index]
        case "U":
            target[index] = mutate_atom(str(target[index]), draw)
        case "S":
            target[index] = bytes([(target[index] or b"a")[0] ^ 1])
        case _:
            raw = bytearray(target[index].tobytes())
            raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
            target[index] = np.frombuffer(bytes(raw), dtype=target.dtype)[0]


def _flip_mask(array: np.ma.MaskedArray, draw: random.Random) -> None:
    mask = np.ma.getmaskarray(array).copy()
    index = tuple(draw.randrange(size) for size in mask.shape)
    mask[index] = not mask[index]
    array.mask = mask


def _flip_unmasked(array: np.ma.MaskedArray, draw: random.Random) -> None:
    shown = np.argwhere(~np.ma.getmaskarray(array))
    index = tuple(shown[draw.randrange(len(shown))])
    array.data[index] = mutate_atom(array.data[index].item(), draw)


def _set_fill(array: np.ma.MaskedArray) -> None:
    array.fill_value = 7 if array.fill_value != 7 else 8
