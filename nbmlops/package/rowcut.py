"""Row cuts: the records that say what was cut out of a notebook and how far it was verified."""

from __future__ import annotations

import decimal
import math
from dataclasses import dataclass
from typing import Any, Literal

from nbmlops.core.value import Profile, Signature

__all__ = [
    "CLASSES",
    "FORMATS",
    "Cleaning",
    "Close",
    "Form",
    "Formed",
    "Golden",
    "Learned",
    "Origin",
    "PackageRecord",
    "RowCut",
    "Scored",
    "Tried",
    "Verified",
]


_UPWARDS = decimal.Context(prec=2, rounding=decimal.ROUND_UP)

FORMATS = ("auto", "skops", "pickle", "onnx")
"""What may be asked of the format of a model; by itself it is skops where that can hold it, else a pickle."""
CLASSES = "classes"
"""The module of a package that holds the notebook's own classes."""


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

    Either `prediction` or `dropped`, the statement that drops it, is there. `together` is what comes out
    where all rows that are not dropped are answered at once: sums may be taken in another order then,
    and the last bit may differ.
    """

    row: dict[str, Any]
    prediction: Any = None
    probabilities: tuple[float, ...] | None = None
    dropped: str | None = None
    together: Any = None
    together_probabilities: tuple[float, ...] | None = None


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
    tells
        What would tell of persons: texts that the model holds, or numbers that learned tables are keyed by.
    few
        What was learned whose keys are whole numbers that fewer than ten rows have, though of no identifier.
    answers
        The tenths of what the estimator predicts for its training data, rounded; empty for classes.
    by_index
        Whether the index of the features says which rows were kept.
    alone
        Whether each row has to be answered for itself: its place among others may not say which it is.
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
    tells: str | None = None
    few: tuple[str, ...] = ()
    answers: tuple[float, ...] = ()
    alone: bool = False


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
class Origin:
    """Where a packaged model came from, as far as it is known: nothing of it is a row.

    `inputs` are pairs of a file's name and its digest; `changed` counts files that the commit lacks;
    `reference` holds the bins in which the service counts what it is sent.
    """

    history: str | None = None
    run: str | None = None
    target: str | None = None
    registered: str | None = None
    verdict: str | None = None
    compared: tuple[str, ...] = ()
    approved: bool | None = None
    metrics: tuple[tuple[str, float], ...] = ()
    parent: int | None = None
    recipe: str | None = None
    artifact: str | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    commit: str | None = None
    changed: int = 0
    reference: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """In which format a model is to travel: ``skops``, ``pickle``, ``onnx``, or what is best by itself.

    With ONNX numbers may be `tolerance` off, and `flips` labels may differ, of all that are compared.
    """

    format: str = "auto"
    tolerance: float | None = None
    flips: int = 0


@dataclass(frozen=True, slots=True)
class Close:
    """How close a model in ONNX came to the notebook's: on `rows` captured rows and `made` made-up ones.

    `difference` is the largest of their numbers, `differing` counts labels, `made_differing` those of
    made-up rows among them; `labels` says whether predictions are labels at all.
    """

    tolerance: float
    difference: float
    labels: bool
    differing: int
    made_differing: int
    rows: int
    made: int

    @property
    def most(self) -> str:
        """Return the largest difference in two digits, never as less than it is."""
        if not math.isfinite(self.difference):
            return "without end"
        return f"{float(_UPWARDS.create_decimal(self.difference)):g}"


@dataclass(frozen=True, slots=True)
class Formed:
    """A model as it travels: its `content` in a `format`, and the learned values in the same spirit.

    `learned` are the bytes of ``learned.pkl`` for a pickle, else of ``learned.json``; `graph` says what a
    model in ONNX is sent, and `close` how close it came; both are None where every bit is the notebook's.
    `because` says why a model that could choose became a pickle; `classes` is the text of the notebook's own
    classes, where the pickle names them.
    """

    format: str
    content: bytes
    learned: bytes | None
    graph: dict[str, Any] | None = None
    close: Close | None = None
    because: str | None = None
    classes: str | None = None

    @property
    def promise(self) -> str:
        """What is said of its answers, wherever that is asked."""
        if self.close is None:
            return "bit for bit the notebook's"
        found = self.close
        count = found.rows + found.made
        text = f"within {found.tolerance:g} of the notebook's (measured: {found.most} at most"
        told = f", {found.differing} of {count} labels differ" if found.labels else ""
        return f"{text}{told}, on {found.rows} captured and {found.made} made-up rows)"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of building, installing, starting and asking a package; `what` was done, or why not.

    `rows` golden rows were asked; `wheel` is the digest of the wheel that was installed; `seconds` is
    the time that it took after the lock was installed.
    """

    state: Literal["verified", "not verified", "failed"]
    what: str
    rows: int = 0
    when: str | None = None
    python: str | None = None
    platform: str | None = None
    wheel: str | None = None
    seconds: float | None = None


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
    verified: Tried
    format: str = "pickle"
    answers: str = "bit for bit the notebook's"
    because: str | None = None
