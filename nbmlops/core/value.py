"""Values: what is remembered of a value when the kernel that held it may be gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ColumnKind", "ColumnProfile", "Fit", "Profile", "SavedValue", "Signature", "SignatureField"]

ColumnKind = Literal["number", "integer", "boolean", "category", "text", "time", "other"]
Fit = Literal["fitted", "not fitted", "no model"]
"""Whether a value can predict."""


@dataclass(frozen=True, slots=True)
class SavedValue:
    """A bound name as it stood when something was registered, exported or ended.

    `digest` is the structural digest (None where the value cannot be described: `note` says why);
    `content` the store's digest of the saved bytes, where it could be saved; `codec` how they were
    written; `size` their number of bytes; `fit` whether it is a model (None: nobody has looked);
    `profile` describes a table of which no bytes are kept.
    """

    name: str
    type: str
    digest: str | None
    content: str | None = None
    codec: str | None = None
    size: int = 0
    note: str | None = None
    fit: Fit | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What monitoring and validation know of one column.

    `kind` is what the column holds; `quantiles` are 21 numbers, minimum to maximum in steps of 5%
    (numbers and times in seconds only), and `infinite` counts what these leave out; `top` are the values
    with their counts, most frequent first, only of those seen at least 10 times.
    """

    name: str
    dtype: str
    kind: ColumnKind
    count: int
    missing: int
    distinct: int
    quantiles: tuple[float, ...] = ()
    mean: float | None = None
    deviation: float | None = None
    top: tuple[tuple[str, int], ...] = ()
    infinite: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """A frame in numbers: nobody's row, and no text that is rare.

    `of` are the frame's rows, where only `rows` of them, evenly spread, were looked at.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    of: int | None = None


@dataclass(frozen=True, slots=True)
class SignatureField:
    """One column that a caller sends, or that an answer holds.

    `values` are the allowed ones where the column is a category of few values.
    """

    name: str
    dtype: str
    kind: ColumnKind
    required: bool = True
    nullable: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """What a model is asked and what it answers."""

    inputs: tuple[SignatureField, ...]
    outputs: tuple[SignatureField, ...]
