"""Overviews: what a panel shows of exports and of served versions, beside the records of the verbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbmlops.core.proof import Proof
from nbmlops.core.value import Signature

__all__ = ["Answered", "Example", "Offered", "PastExport", "Picture"]


@dataclass(frozen=True, slots=True)
class PastExport:
    """An export that was written earlier: `proof` is the newest of it, `there` is false if it went.

    `run` is the run that it rests on, where that is one and certain.
    """

    path: str
    target: str
    history: str
    at: str
    proof: Proof | None
    there: bool
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its bytes."""

    name: str
    media: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Example:
    """A row that nobody has, and what the notebook's own code answers: a prediction, or that it drops it."""

    row: dict[str, Any]
    prediction: Any = None
    dropped: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """What a version is asked: its signature, and rows to begin with."""

    ref: str
    signature: Signature
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a service said to one row, after how many seconds.

    `status` is that of HTTP, `expected` what the notebook's own code answers to the very same row;
    `same` compares the two, and is None where nobody knows what the notebook would answer.
    """

    status: int
    answer: Any
    seconds: float
    expected: Any = None
    same: bool | None = None
