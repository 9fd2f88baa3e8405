"""Measures: the numbers that a score, a report or a list of losses amounts to."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from nbmlops.core.learned import Scalar

__all__ = ["Numbers", "read_course", "read_folds", "read_numbers", "read_report", "read_setting"]

_NUMBERS = frozenset({int, float})
_MOST_KEYS, _MOST_POINTS, _LONGEST = 200, 10_000, 200
_ROW = re.compile(r"\s*(?P<name>\S.*?)(?P<numbers>(?:\s+\d+(?:\.\d+)?)+)\s*")

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


def read_folds(value: Any) -> Iterator[tuple[str, Numbers]]:
    """Yield the scores of the folds that ``cross_validate`` gives, by name; the times are none."""
    for name, item in value.items() if type(value) is dict else ():
        numbers = read_numbers(item) if type(name) is str and name.startswith(("test_", "train_")) else None
        if numbers is not None:
            yield name, numbers


def read_report(text: str) -> Numbers | None:
    r"""Return the numbers of a classification report as scikit-learn spells it, as they are shown.

    >>> read_report("      precision  recall  f1-score  support\n\n  a   0.50   1.00   0.67   2\n")
    ((0.5, 1.0, 0.67, 2.0), ('a.precision', 'a.recall', 'a.f1-score', 'a.support'))
    """
    head, *lines = text.split("\n")
    names = head.split()
    found: dict[str, float] = {}
    for line in lines:
        told = _ROW.fullmatch(line)
        parts = told["numbers"].split() if told else []
        if told and len(parts) == len(names):
            found |= {f"{told['name']}.{n}": float(part) for n, part in zip(names, parts, strict=True)}
        elif told and len(parts) == 2:  # of all rows together
            found[told["name"]] = float(parts[0])
    return (tuple(found.values()), tuple(found)) if 0 < len(found) <= _MOST_KEYS else None


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


def read_setting(value: Any) -> tuple[Scalar, ...]:
    """Return a number, a truth value or a short text that something was set to; nothing for anything else."""
    exact = type(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and issubclass(exact, numpy.generic) and exact.__module__ == "numpy":
        value = value.item()
    is_plain = type(value) in (bool, int, float) or (type(value) is str and len(value) <= _LONGEST)
    return (value,) if is_plain else ()


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
