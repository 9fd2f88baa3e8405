"""Glimpses: what is remembered of tables that went by, and how it stands in the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbmlops.core.witness import Measured, Prepared, RowsUsed, Split
from nbmlops.values.rowprints import Overlap, RowPrints

__all__ = ["Answer", "Fitted", "Given", "Output", "describe_measure", "describe_split", "list_prepared"]


@dataclass(slots=True)
class Given:
    """A table that a call was given; `prints` are None where its rows could not be looked at.

    `names` are those of its columns, `parts` the prints of some of them: those that a transformer made.
    """

    text: str
    prints: RowPrints | None
    parts: dict[tuple[str, ...], RowPrints] = field(default_factory=dict)
    names: tuple[str, ...] | None = None

    def describe(self) -> RowsUsed | None:
        """Return the table for the record; None where its rows were not looked at."""
        if self.prints is None:
            return None
        found = self.prints
        return RowsUsed(self.text, found.rows, found.columns, found.digest, int(found.counts.sum()))


@dataclass(slots=True)
class Fitted:
    """A fit that came back; `state` are the identities of what it left, which another fit would replace."""

    still: Callable[[], Any]
    name: str
    type: str
    given: Given
    supervised: bool
    state: tuple[tuple[str, int], ...]
    place: tuple[int, int] | None = None


@dataclass(slots=True)
class Answer:
    """What a model answered for some rows, as long as it lives."""

    still: Callable[[], Any]
    fitted: Fitted
    given: Given


@dataclass(slots=True)
class Output:
    """What a transformer made: of these rows `share` come from rows that it was fitted on.

    `names` are those of the columns that it was given, where it made as many.
    """

    fitted: Fitted
    prints: RowPrints
    share: float
    chance: float
    names: tuple[str, ...] | None = None


def describe_measure(
    function: str,
    fitted: Fitted,
    given: Given,
    overlap: Overlap,
    whole: bool,
    held: RowsUsed | None,
    prepared: Sequence[tuple[Output, Overlap]],
) -> Measured | None:
    """Return what a number was computed from, for the record."""
    used, base = given.describe(), fitted.given.describe()
    if used is None or base is None:
        return None
    return Measured(
        function=function,
        name=fitted.name,
        type=fitted.type,
        used=used,
        compared=overlap.compared,
        equal=overlap.equal,
        expected=overlap.expected,
        whole=whole,
        supervised=fitted.supervised,
        place=fitted.place,
        fitted=base,
        held=held,
        prepared=list_prepared(prepared),
    )


def list_prepared(found: Sequence[tuple[Output, Overlap]]) -> tuple[Prepared, ...]:
    """Return the transformers that made rows which were measured, for the record."""
    listed = []
    for output, overlap in found:
        fitted, used = output.fitted, output.fitted.given.describe()
        if used is None or fitted.place is None:
            continue
        equal = int(overlap.equal * output.share)
        expected = max(overlap.expected, output.chance * overlap.equal if output.share < 1 else 0.0)
        listed.append(Prepared(fitted.name, fitted.type, fitted.place, used, equal, expected))
    return tuple(listed)


def describe_split(whole: Given, parts: Sequence[Given]) -> Split | None:
    """Return how a table was cut, for the record."""
    used, cut = whole.describe(), [part.describe() for part in parts]
    return None if used is None else Split(used, tuple(p for p in cut if p is not None))
