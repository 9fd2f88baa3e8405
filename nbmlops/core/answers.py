"""Answers: several records of one kind, as a tuple that a face can tell from any other tuple."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["Answers"]

T = TypeVar("T")


class Answers(tuple[T, ...]):
    """Records of one kind, in their order."""

    __slots__ = ()
