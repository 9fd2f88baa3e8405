"""Learned: the models that a statement fitted or made, and the numbers that it came out with."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.core.said import Said

__all__ = ["Child", "Learned", "Measure", "ModelSeen", "Parameters", "Scalar", "TableSeen"]

Scalar = str | int | float | bool | None
Parameters = tuple[tuple[str, Scalar], ...]


@dataclass(frozen=True, slots=True)
class Child:
    """One candidate of a search: the parameters that it tried, and how it scored (mean and deviation)."""

    parameters: Parameters
    score: float | None
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """A model as a statement left it.

    `place` is how the notebook reaches it (``model``, ``models['a']``), or what it was called where nothing
    holds it any more;
    `type` its qualified type; `parameters` those that were set to something else than the default.
    `order` counts the calls that the statement itself made to fit a model, or to try one on parts of the
    data (then it was `tried`): 0 where it made none of this model.
    `predicts` says whether it answers or is an end in itself, and does not only transform what comes next.
    `turns` are the names of loops that the data of the fit rests on, with what they were in that turn.
    """

    place: str
    type: str
    fitted: bool
    parameters: Parameters = ()
    fingerprint: str | None = None
    order: int = 0
    predicts: bool = True
    tried: bool = False
    children: tuple[Child, ...] = ()
    turns: Parameters = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """Numbers that an expression of a statement came out as.

    `label` is what the notebook calls them (the name they are bound to, or the text they are printed
    after), `function` the function that was called for them, `values` the numbers with their keys: one
    without a key, several in order without keys (scores of folds, losses of epochs), or by key as in a
    report. `names` are those that the expression mentions, the first argument's first; none where it is not
    known which part of the statement it was. `order` is the call of ``fit`` in the same statement that
    came before. `turns` are the names of loops among `names`, with what they were in that turn.
    """

    label: str
    function: str | None
    values: tuple[float, ...]
    keys: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    order: int = 0
    turns: Parameters = ()


@dataclass(frozen=True, slots=True)
class TableSeen:
    """A table that a fit or a measure used: its name, its content, and its rows and columns."""

    name: str
    fingerprint: str | None
    rows: int
    columns: int | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a statement fitted or made of models, what it measured and used for it, and what was said."""

    models: tuple[ModelSeen, ...] = ()
    measures: tuple[Measure, ...] = ()
    tables: tuple[TableSeen, ...] = ()
    said: tuple[Said, ...] = ()
