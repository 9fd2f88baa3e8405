"""Row cuts: the records that say what was cut out of a notebook and how far it was verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbmlops.core.value import Profile, Signature

__all__ = ["Cleaning", "Golden", "Learned", "PackageRecord", "RowCut", "Scored", "Verified"]


@dataclass(frozen=True, slots=True)
class Cleaning:
    """A statement of the notebook that drops rows, and how many of the captured ones it dropped."""

    statement: str
    rows: int


@dataclass(frozen=True, slots=True)
class Learned:
    """A value that was learned from the whole table: `expression` is what the notebook wrote."""

    name: str
    expression: str
    shown: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many rows the row function was run on: all at once, and one by one.

    `dropped` captured rows are dropped by the cleaning; `fitted` rows were in the estimator's
    training data, `tested` in the other parts of the same split, and all came out bit for bit.
    """

    rows: int
    singles: int
    dropped: int
    fitted: int
    tested: int = 0


@dataclass(frozen=True, slots=True)
class Golden:
    """A made-up row (nobody's) and what the notebook's code answers to it.

    Either `prediction` or `dropped`, the statement that drops it, is there.
    """

    row: dict[str, Any]
    prediction: Any = None
    probabilities: tuple[float, ...] | None = None
    dropped: str | None = None


@dataclass(frozen=True, slots=True)
class RowCut:
    """The row function of a model.

    Parameters
    ----------
    source
        The text of ``rows.py``: ``features(rows)`` and, if `has_target`, ``target(rows)``, and, if
        `has_reader`, ``read(path)``.
    parameter
        The name under which the recipe is given the path of the file that holds the rows.
    columns, dtypes
        What the estimator's ``fit`` saw.
    placeholders
        What stands in for each raw column that the features do not depend on, when it is not sent.
    label
        The raw column that the target is made of.
    learned_content
        The learned values that are too large for the source: a pickle in base 64.
    keeps_rows
        Whether the estimator itself holds rows that it was fitted on, as nearest neighbours do.
    by_index
        Whether the index of the features says which rows were kept.
    """

    source: str
    has_target: bool
    has_reader: bool
    parameter: str
    columns: tuple[str, ...]
    dtypes: tuple[str, ...]
    signature: Signature
    raw_dtypes: dict[str, str]
    placeholders: dict[str, Any]
    label: str | None
    cleaning: tuple[Cleaning, ...]
    learned: tuple[Learned, ...]
    learned_content: str | None
    verified: Verified
    reference: Profile
    golden: tuple[Golden, ...]
    by_index: bool
    has_probabilities: bool
    estimator_type: str
    keeps_rows: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """Labels and, model by model, predictions on the rows that every model's cleaning keeps.

    `kept` are the positions of these rows in the frame; `classes` is empty for a regression;
    `probabilities` holds for each model a list of rows, empty where the model gives none.
    """

    kept: tuple[int, ...]
    labels: tuple[Any, ...]
    predictions: tuple[tuple[Any, ...], ...]
    probabilities: tuple[tuple[tuple[float, ...], ...], ...]
    classes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """A package that was written: `files` maps each relative path to the digest of its bytes."""

    path: str
    module: str
    name: str
    version: int
    files: dict[str, str]
    manifest: str
    requirements: tuple[str, ...]
