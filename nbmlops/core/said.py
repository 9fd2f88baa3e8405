"""Said: what a person logs by a call, and the figures that a cell shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Figure", "Said", "SaidKind"]

SaidKind = Literal["metric", "parameter", "tag", "figure"]


@dataclass(frozen=True, slots=True)
class Said:
    """What calls of ``nbmlops.log_metric`` and its like say of a run.

    `values` are all that were logged under a name by one statement, in order, `steps` the step of each where
    it was given (an epoch, say). `about` is how the notebook reaches the model that was given with it,
    `order` the call of ``fit`` in the same statement that came before. Of a figure the value is its digest,
    `media` its type and `size` its bytes.
    """

    kind: SaidKind
    name: str
    values: tuple[str | int | float | bool | None, ...]
    steps: tuple[float, ...] = ()
    about: str = ""
    order: int = 0
    media: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that was shown or logged: the digest of its bytes, its media type and size in bytes.

    `name` is what it was logged as, empty where it was only shown; `execution` is the one that showed it.
    """

    digest: str
    media: str
    size: int
    name: str = ""
    execution: int = 0
