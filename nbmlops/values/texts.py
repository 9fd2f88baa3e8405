"""Texts: arrays of strings as one long text, which is written fast and cut where rows begin."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

__all__ = ["write_texts"]

_PLAIN = frozenset({str, type(None), float, int, bool})
_NAN = struct.pack("<d", math.nan)
_MISSING = "\x7f?\x7f"


def write_texts(items: list[Any]) -> tuple[bytes, list[int], Any] | None:
    """Return items as a JSON list, a line each, or None where that would not bring them back.

    Also return where `pandas.NA` stands, for which the list holds null, and that object.
    """
    kinds = set(map(type, items))
    absent = next((kind for kind in kinds if _is_na(kind)), None)
    if str not in kinds or not kinds <= _PLAIN | {absent}:
        return None
    gaps, absent_value = [], None
    if absent is not None:
        gaps = [at for at, item in enumerate(items) if type(item) is absent]
        absent_value = items[gaps[0]]
        items = [None if type(item) is absent else item for item in items]
        kinds = (kinds - {absent}) | {type(None)}
    if float in kinds and any(_is_odd(item) for item in items if type(item) is float):
        return None
    written = _join_plain(items, kinds) or _write_json(items)
    return None if written is None else (written, gaps, absent_value)


def _is_na(kind: type) -> bool:
    return kind.__name__ == "NAType" and kind.__module__.startswith("pandas.")


def _is_odd(number: float) -> bool:
    """Whether a number is a NaN with bits of its own."""
    return math.isnan(number) and struct.pack("<d", number) != _NAN


def _join_plain(items: list[Any], kinds: set[type]) -> bytes | None:
    """Write strings that need no escapes, with what is missing among them: ten times as fast as `json`."""
    token = {type(None): "null", float: "NaN"}
    missing = kinds - {str}
    if len(missing) > 1 or not missing <= token.keys():
        return None
    gaps = 0
    if missing:
        (kind,) = missing
        if kind is float and not all(math.isnan(item) for item in items if type(item) is float):
            return None
        gaps = sum(type(item) is kind for item in items)
        items = [_MISSING if type(item) is kind else item for item in items]
    text = '["' + '",\n"'.join(items) + '"]'
    lines = len(items) - 1
    if text.count('"') != 2 * len(items) or "\\" in text or text.count("\n") != lines:
        return None
    written = text.encode("utf-8", "surrogatepass")
    if _count_controls(written) != lines:
        return None
    if not missing:
        return written
    mark = f'"{_MISSING}"'.encode()
    return written.replace(mark, token[kind].encode()) if written.count(mark) == gaps else None


def _count_controls(octets: bytes) -> int:
    import numpy

    return int(numpy.count_nonzero(numpy.frombuffer(octets, dtype=numpy.uint8) < 32))


def _write_json(items: list[Any]) -> bytes | None:
    try:
        text = json.dumps(items, ensure_ascii=False, separators=(",\n", ":"))
    except ValueError:  # an integer of more digits than may be written
        return None
    return text.encode("utf-8", "surrogatepass")
