"""Rows: hints about the rows that models were fitted on and measured with, from what was seen of them."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence

from nbmlops.core.hint import Hint
from nbmlops.core.history import History, Statement
from nbmlops.core.witness import Measured, Prepared
from nbmlops.hints.tables import find_whole_tables
from nbmlops.hints.wording import cite_places, make_hint, name_cell, name_model, name_table

__all__ = ["find_row_hints", "learns_data", "says_training"]

_FEWEST, _LEAST_SHARE, _LEAST_PREPARED = 5, 0.01, 0.05
_DEVIATIONS = 4.0
_TRANSDUCTIVE = "sklearn.semi_supervised."
_LEARNS_NOTHING = frozenset(
    [
        "Normalizer",
        "Binarizer",
        "FunctionTransformer",
        "PolynomialFeatures",
        "HashingVectorizer",
        "FeatureHasher",
        "GaussianRandomProjection",
        "SparseRandomProjection",
        "RBFSampler",
        "PolynomialCountSketch",
        "AdditiveChi2Sampler",
        "SkewedChi2Sampler",
        "LabelEncoder",
        "LabelBinarizer",
        "MultiLabelBinarizer",
        "DictVectorizer",
        "CountVectorizer",
        "MissingIndicator",
        "KernelCenterer",
    ]
)
_NUMBER = r"(?:score|acc|err|loss|mse|rmse|mae|r2|auc|f1|perf|metric|dev)"
_TRAINING = re.compile(rf"train\w*{_NUMBER}|{_NUMBER}\w*_(?:train|fit)|in_sample", re.IGNORECASE)
_TOLD = re.compile(r"train|in.sample|resubstitution|apparent|fitted data|seen data", re.IGNORECASE)


def find_row_hints(history: History) -> Iterator[Hint]:
    """Yield a hint for each measure whose rows say that it may mislead."""
    found = [
        (s, m)
        for s in history.statements()
        if s.witnessed is not None and s.outcome == "ok"
        for m in s.witnessed.measured
    ]
    found += find_whole_tables(history.statements())
    every = [measured for _, measured in found]
    for statement, measured in found:
        if not measured.supervised or measured.type.startswith(_TRANSDUCTIVE):
            continue
        if measured.whole:
            if not (_has_other(measured, every) or says_training(statement.code)):
                yield _word_training(history, statement, measured)
        elif _is_beyond(measured.equal, measured.compared, measured.expected, _LEAST_SHARE):
            yield _word_shared(history, statement, measured)
        else:
            compared = measured.compared or measured.used.sampled
            for prepared in measured.prepared:
                beyond = _is_beyond(prepared.equal, compared, prepared.expected, _LEAST_PREPARED)
                if beyond and learns_data(prepared.type):
                    yield _word_prepared(history, statement, measured, prepared)


def learns_data(kind: str) -> bool:
    """Say whether a transformer of a type learns anything of the rows that it is fitted on."""
    return kind.rpartition(".")[2] not in _LEARNS_NOTHING


def says_training(code: str) -> bool:
    """Say whether a statement itself calls its number one of the training data."""
    tree = ast.parse(code)
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    return any(map(_TOLD.search, texts)) or any(map(_TRAINING.search, names))


def _is_beyond(equal: int, compared: int, expected: float, share: float) -> bool:
    """Say whether more rows are equal than chance brings, and enough of them."""
    return (
        equal >= _FEWEST
        and equal >= share * compared
        and equal > expected + _DEVIATIONS * math.sqrt(expected + 1.0)
    )


def _has_other(measured: Measured, every: Sequence[Measured]) -> bool:
    """Say whether the same model was measured with other rows as well, or on parts of its own."""
    return any(
        not other.whole and (other.type, other.name) == (measured.type, measured.name) for other in every
    )


def _word_training(history: History, statement: Statement, measured: Measured) -> Hint:
    model, function = name_model(measured.name, measured.type), measured.function
    fitted = measured.place[0] if measured.place else statement.execution
    rows = f"{measured.used.rows} rows"
    shown = f"`{function}`" if function.isidentifier() else function
    text = f"{shown} measures {model} on the {rows} that it was fitted on (cell {fitted})"
    if measured.held is not None and measured.held.table:
        then = f"measure it with {name_table(measured.held)}, which was held out"
    else:
        then = "this says how well it fits, not how well it predicts; hold rows out, or use `cross_val_score`"
    return make_hint(
        history,
        "training score",
        statement,
        (measured.name, measured.type, measured.used.table, name_cell(history, statement)),
        text,
        then,
        statements=cite_places(history, (measured.place, statement.place)),
        tables=tuple(t for t in (measured.used, measured.held) if t is not None),
        equal=measured.equal,
        compared=measured.compared,
        expected=measured.expected,
    )


def _word_shared(history: History, statement: Statement, measured: Measured) -> Hint:
    model = name_model(measured.name, measured.type)
    fitted = measured.place[0] if measured.place else statement.execution
    looked = measured.compared < measured.used.rows
    of = f"{measured.compared} rows looked at" if looked else f"{measured.compared} rows"
    text = (
        f"{measured.equal} of the {of} of {name_table(measured.used)}, with which `{measured.function}` "
        f"measures {model}, are among the rows that it was fitted on (cell {fitted})"
    )
    if measured.expected >= 0.5:
        text += f"; about {measured.expected:.0f} would be by chance"
    return make_hint(
        history,
        "shared rows",
        statement,
        (measured.name, measured.type, measured.used.table, name_cell(history, statement)),
        text,
        "fit on rows that are not measured with, and drop duplicates before the split",
        statements=cite_places(history, (measured.place, statement.place)),
        tables=tuple(t for t in (measured.used, measured.fitted) if t is not None),
        equal=measured.equal,
        compared=measured.compared,
        expected=measured.expected,
    )


def _word_prepared(history: History, statement: Statement, measured: Measured, prepared: Prepared) -> Hint:
    transformer, model = name_model(prepared.name, prepared.type), name_model(measured.name, measured.type)
    compared = measured.compared or measured.used.sampled
    some = f"{prepared.equal} of the {compared} rows" if prepared.equal < compared else f"all {compared} rows"
    how = "every part" if measured.crossed else some
    text = (
        f"{transformer} was fitted (cell {prepared.place[0]}) on {how} of {name_table(measured.used)} that "
        f"`{measured.function}` measures {model} with"
    )
    instead = (
        "put it into a pipeline with the model" if measured.crossed else "fit it on the training rows alone"
    )
    return make_hint(
        history,
        "early fit",
        statement,
        (prepared.name, prepared.type),
        text,
        f"{instead}, so that the measure is of rows it has not seen",
        statements=cite_places(history, (prepared.place, measured.place, statement.place)),
        tables=tuple(t for t in (prepared.used, measured.used) if t is not None),
        equal=prepared.equal,
        compared=compared,
        expected=prepared.expected,
    )
