"""Ranges: what scikit-learn accepts for an argument, from the constraints that it states itself."""

from __future__ import annotations

import importlib
import inspect
import math
import numbers
from collections.abc import Iterator
from typing import Any

__all__ = ["find_bounds", "name_positional"]

_SEEDS = "[0, 4294967295]"
_FOLDS = "[2, inf)"


def find_bounds(path: str, argument: str, default: object) -> tuple[str, tuple[str, ...], bool]:
    """Return the interval, the words and whether any real number is accepted for an argument.

    `path` is that of a class or function of scikit-learn, and `default` a value that it accepts: the
    interval is the one that holds it. Nothing is said of what states no constraints.
    """
    found = _find_named(path)
    if found is None:
        return "", (), False
    stated = getattr(found, "_parameter_constraints", None) or getattr(
        found, "_skl_parameter_constraints", {}
    )
    constraints = stated.get(argument, ())
    if not isinstance(constraints, list | tuple):
        return "", (), False
    if isinstance(default, str):
        words = {word for constraint in constraints for word in _list_words(constraint)}
        return "", tuple(sorted(words)) if default in words else (), False
    if isinstance(default, bool | tuple):
        return "", (), False
    for constraint in constraints:
        spelled = _spell_interval(constraint, default)
        if spelled:
            return spelled, (), getattr(constraint, "type", None) is numbers.Real
    return "", (), False


def name_positional(path: str, position: int) -> str:
    """Return the name of what a class or function of scikit-learn takes at a position; nothing if unknown."""
    found = _find_named(path)
    try:
        given = list(inspect.signature(found).parameters.values()) if found is not None else []
    except (TypeError, ValueError):
        return ""
    named = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    return given[position].name if position < len(given) and given[position].kind in named else ""


def _find_named(path: str) -> Any:
    module, _, name = path.rpartition(".")
    if path.partition(".")[0] != "sklearn" or not module:
        return None
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return None


def _list_words(constraint: Any) -> Iterator[str]:
    options = getattr(constraint, "options", ())
    yield from (word for word in options if isinstance(word, str))


def _spell_interval(constraint: Any, default: Any) -> str:
    if constraint in ("random_state", "cv_object"):
        return _SEEDS if constraint == "random_state" else _FOLDS
    closed = getattr(constraint, "closed", None)
    if closed is None or default not in constraint:
        return ""
    low = -math.inf if constraint.left is None else constraint.left
    high = math.inf if constraint.right is None else constraint.right
    begin = "[" if closed in {"left", "both"} and low != -math.inf else "("
    end = "]" if closed in {"right", "both"} and high != math.inf else ")"
    return f"{begin}{low}, {high}{end}"
