"""Encoding: records to JSON and back, by their type annotations."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from typing import Any, TypeVar

__all__ = ["decode", "dump", "encode", "load"]

R = TypeVar("R")
_PLAIN = frozenset({str, int, bool, type(None)})


def encode(value: Any) -> Any:
    """Turn a record into what ``json`` writes; numbers that JSON lacks become strings."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    names = _field_names(kind)
    if names is not None:
        return {name: encode(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {str(k): encode(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [encode(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


@functools.cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    return tuple(f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def decode(kind: Any, data: Any) -> Any:
    """Build a value of type `kind` from what ``json`` read."""
    if data is None or kind is Any:
        return data
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin is typing.Union or origin is types.UnionType:
        return _decode_union(arguments, data)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(decode(arguments[0], item) for item in data)
        return tuple(decode(a, item) for a, item in zip(arguments, data, strict=True))
    if origin is dict:
        return {_decode_key(arguments[0], k): decode(arguments[1], v) for k, v in data.items()}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        record: Any = kind
        hints = _hints(record)
        return record(**{k: decode(hints[k], v) for k, v in data.items() if k in hints})
    if kind is float and isinstance(data, int | str) and not isinstance(data, bool):
        return float(data)
    return data


def _decode_union(arguments: tuple[Any, ...], data: Any) -> Any:
    records = [a for a in arguments if dataclasses.is_dataclass(a) or typing.get_origin(a)]
    if records and isinstance(data, dict | list):
        return decode(records[0], data)
    numbers = (float in arguments) and (str not in arguments)
    if numbers and isinstance(data, str):
        return float(data)
    return data


def _decode_key(kind: Any, key: str) -> Any:
    return int(key) if kind is int else key


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def dump(value: Any, indent: int | None = None) -> str:
    """Write a record as JSON text."""
    return json.dumps(encode(value), indent=indent, ensure_ascii=False)


def load(kind: type[R], text: str | bytes) -> R:
    """Read a record of type `kind` from JSON text."""
    return typing.cast(R, decode(kind, json.loads(text)))
