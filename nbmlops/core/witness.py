"""Witness: on which rows models were fitted and measured, and how many of these are the same."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Measured", "Prepared", "RowsUsed", "Split", "Witnessed"]


@dataclass(frozen=True, slots=True)
class RowsUsed:
    """A table that a call was given: its text in the notebook, its size, and the digest of its rows.

    `sampled` is how many rows were looked at; all of them where the table is not large.
    """

    table: str
    rows: int
    columns: int | None
    digest: str
    sampled: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transformer that made `equal` of the rows that were measured out of rows that it was fitted on.

    `place` is the execution and the statement of its fit; `expected` how many of them chance would bring.
    """

    name: str
    type: str
    place: tuple[int, int]
    used: RowsUsed
    equal: int
    expected: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A number that was computed from what a model answered for some rows.

    Of the `compared` rows `equal` are among those that the model was `fitted` on, at `place`; chance
    would bring `expected`. `whole` says that the two tables are the same rows. `supervised` says
    that the fit was given the answers too, `crossed` that the model was tried on parts of the rows; then
    it is not compared with a fit. `held` is the part that a split held out of the fitted rows, where it is
    known.
    """

    function: str
    name: str
    type: str
    used: RowsUsed
    compared: int
    equal: int
    expected: float
    whole: bool
    supervised: bool
    crossed: bool = False
    place: tuple[int, int] | None = None
    fitted: RowsUsed | None = None
    held: RowsUsed | None = None
    prepared: tuple[Prepared, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """A table that was cut into parts for fitting and for measuring."""

    used: RowsUsed
    parts: tuple[RowsUsed, ...]


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What was seen of the rows that one statement fitted on, measured with and split.

    `unseen` counts tables that would have cost too much to look at, or whose rows cannot be compared.
    """

    measured: tuple[Measured, ...] = ()
    fitted: tuple[RowsUsed, ...] = ()
    splits: tuple[Split, ...] = ()
    unseen: int = 0
