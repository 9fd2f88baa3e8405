"""Encoding: records to JSON and back, by their type annotations."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Callable
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


def _open_record(value: Any) -> Any:
    kind: Any = type(value)
    names = _field_names(kind)
    if names is not None:
        return {name: getattr(value, name) for name in names}
    return encode(value) if isinstance(value, set | frozenset) else json.JSONEncoder().default(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, default=_open_record)


def decode(kind: Any, data: Any) -> Any:
    """Build a value of type `kind` from what ``json`` read."""
    return None if data is None else _find_decoder(kind)(data)


def _same(data: Any) -> Any:
    return data


@functools.cache
def _find_decoder(kind: Any) -> Callable[[Any], Any]:
    """Return what builds values of a type from data that is not None."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union or origin is types.UnionType:
        return _make_union(arguments)
    if origin is tuple:
        return _make_tuple(arguments)
    if origin is dict:
        return _make_dictionary(arguments)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return functools.partial(_decode_record, kind)
    return _read_float if kind is float else _same


def _read_float(data: Any) -> Any:
    return float(data) if isinstance(data, int | str) and not isinstance(data, bool) else data


def _make_tuple(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        item = arguments[0]
        if _find_decoder(item) is _same:
            return tuple
        return lambda data: tuple(decode(item, one) for one in data)
    return lambda data: tuple(decode(a, one) for a, one in zip(arguments, data, strict=True))


def _make_dictionary(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    key, value = arguments
    return lambda data: {(int(k) if key is int else k): decode(value, v) for k, v in data.items()}


def _make_union(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    records = [a for a in arguments if dataclasses.is_dataclass(a) or typing.get_origin(a)]
    numbers = (float in arguments) and (str not in arguments)

    def decode_union(data: Any) -> Any:
        if records and isinstance(data, dict | list):
            return decode(records[0], data)
        return float(data) if numbers and isinstance(data, str) else data

    return decode_union if records or numbers else _same


def _decode_record(kind: Any, data: Any) -> Any:
    hints = _hints(kind)
    return kind(**{k: decode(hints[k], v) for k, v in data.items() if k in hints})


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def dump(value: Any, indent: int | None = None) -> str:
    """Write a record as JSON text."""
    if indent is None:
        with contextlib.suppress(ValueError, TypeError):  # there are numbers and keys that JSON lacks
            return _ENCODER.encode(value)
    return json.dumps(encode(value), indent=indent, ensure_ascii=False)


def load(kind: type[R], text: str | bytes) -> R:
    """Read a record of type `kind` from JSON text."""
    return typing.cast(R, decode(kind, json.loads(text)))
