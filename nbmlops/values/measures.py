"""Measures: the numbers that a score, a report or a list of losses amounts to."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Numbers", "read_course", "read_numbers"]

_NUMBERS = frozenset({int, float})
_MOST_KEYS, _MOST_POINTS = 200, 10_000

Numbers = tuple[tuple[float, ...], tuple[str, ...]]
"""Numbers and their keys: no keys for one number, or for several in order."""


def read_numbers(value: Any, most: int = _MOST_POINTS) -> Numbers | None:
    """Return the numbers that a value is, or None where it is something else; truth values are no numbers.

    Sequences are one-dimensional and no longer than `most`; reports are dicts of numbers, also nested
    (their keys are joined by dots). None of the user's code runs.
    """
    exact = type(value)
    if exact in _NUMBERS:
        return _take_finite([value]), ()
    if exact is dict:
        found = dict(_flatten(value, "", 0))
        return (tuple(found.values()), tuple(found)) if 0 < len(found) <= _MOST_KEYS else None
    if exact in (list, tuple):
        if not 0 < len(value) <= most:
            return None
        plain = [_read_scalar(item) for item in value]
        return None if None in plain else (_take_finite(plain), ())
    scalar = _read_scalar(value)
    if scalar is not None:
        return (scalar,), ()
    numpy = sys.modules.get("numpy")
    if numpy is None or exact is not numpy.ndarray or value.ndim != 1 or not 0 < value.size <= most:
        return None
    return (_take_finite(value.tolist()), ()) if value.dtype.kind in "fiu" else None


def read_course(value: Any) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Yield the losses and scores of the epochs that Keras tells of when it has fitted a model."""
    kind = type(value)
    if not (kind.__module__.startswith("keras.") and kind.__name__ == "History"):
        return
    course = vars(value).get("history")
    for name, points in course.items() if type(course) is dict else ():
        numbers = read_numbers(points)
        if type(name) is str and numbers is not None:
            yield name, numbers[0]


def _take_finite(found: list[Any]) -> tuple[float, ...]:
    return tuple(_as_float(one) for one in found)


def _as_float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:  # an integer beyond what a float holds
        return float("inf") if number > 0 else float("-inf")


def _read_scalar(value: Any) -> float | None:
    exact = type(value)
    if exact in _NUMBERS:
        return _as_float(value)
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if issubclass(exact, numpy.floating | numpy.integer) and exact.__module__ == "numpy":
        return _as_float(value.item())
    if exact is numpy.ndarray and value.shape == () and value.dtype.kind in "fiu":
        return _as_float(value.item())
    return None


def _flatten(found: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, float]]:
    for key, item in found.items():
        if type(key) not in (str, int, float, bool):
            continue
        if type(item) is dict and depth < 2:
            yield from _flatten(item, f"{prefix}{key}.", depth + 1)
            continue
        number = _read_scalar(item)
        if number is not None:
            yield f"{prefix}{key}", number
