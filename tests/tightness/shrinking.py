"""Shrinking: the delta debugger that takes statements away until each that is left is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["shrink_list"]

T = TypeVar("T")


def shrink_list(items: Sequence[T], passes: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return a 1-minimal part of `items` that passes: without any one of what is left it does not.

    The last ones are tried first, for they use the first ones.
    """
    kept = list(items)
    again = True
    while again:
        again = False
        for index in range(len(kept) - 1, -1, -1):
            fewer = kept[:index] + kept[index + 1 :]
            if passes(fewer):
                kept, again = fewer, True
    return kept
