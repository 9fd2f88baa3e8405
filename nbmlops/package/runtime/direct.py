"""The direct way: from a checked row to its answer without a frame, where both ways give the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .fast import Forest, draw_thresholds, is_forest
from .linear import Linear, Scaled
from .picks import read_picks
from .schema import Field, Schema

__all__ = ["MOST_ROWS", "Direct", "find_direct"]

MOST_ROWS = 512

_Answers = list[dict[str, Any]]
_Ask = Callable[[list[Any], bool], _Answers]
_TRIED = (1, 1, 1, 2, 7, 9, 64, MOST_ROWS)


class Direct:
    """Answers rows whose features are columns as they were sent, by a kernel that works on arrays."""

    def __init__(self, fields: list[Field], kernel: Any, classes: list[str]) -> None:
        self.names = [field.name for field in fields]
        self.dtype = np.float64 if any(field.dtype == "float64" for field in fields) else np.int64
        self.has_gaps = any(field.nullable or not field.required for field in fields)
        self.kernel = kernel
        self.classes = classes

    def answer(self, rows: list[Any], probabilities: bool) -> _Answers | None:
        """Answer rows that the schema accepts; None where the estimator itself has to be asked."""
        if len(rows) > MOST_ROWS or (probabilities and not self.kernel.has_probabilities):
            return None
        try:
            columns = [[row[name] for row in rows] for name in self.names]
            # As pandas does: columns lie one after the other, and linear algebra meets them in that order.
            array = np.array(columns, dtype=self.dtype).T
        except (KeyError, TypeError, ValueError, OverflowError):
            return None
        if self.has_gaps and not np.isfinite(array).all():
            return None
        found = self.kernel.predict_array(array, probabilities)
        if found is None:
            return None
        predicted, shares = found
        answers: _Answers = [{"prediction": prediction} for prediction in predicted.tolist()]
        if probabilities:
            for answer, share in zip(answers, shares.tolist(), strict=True):
                answer["probabilities"] = dict(zip(self.classes, share, strict=True))
        return answers


def find_direct(estimator: Any, source: str, schema: Schema, classes: list[str], ask: _Ask) -> Direct | None:
    """Return the direct way of a model; None where there is none, or it answers a made-up row otherwise.

    `source` is the text of the row function; `ask` answers rows through it and the estimator.
    """
    names = read_picks(source, [field.name for field in schema.fields])
    if not names:
        return None
    by_name = {field.name: field for field in schema.fields}
    fields = [by_name[name] for name in names]
    if any(field.dtype not in ("float64", "int64") for field in fields):
        return None
    kernel = _find_kernel(estimator)
    if kernel is None:
        return None
    direct = Direct(fields, kernel, classes)
    return direct if _is_same(direct, schema, ask, _draw_values(estimator, fields)) else None


def _find_kernel(estimator: Any) -> Any | None:
    """Return what answers arrays for a forest, a linear model, or either behind a scaler."""
    if not type(estimator).__module__.startswith("sklearn."):
        return None
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    try:
        if type(estimator) is Pipeline:
            first, *others = [step for _, step in estimator.steps]
            if type(first) is not StandardScaler or len(others) != 1:
                return None
            return Scaled(first, _make_kernel(others[0]))
        return _make_kernel(estimator)
    except (AttributeError, TypeError, ValueError, IndexError):  # another model, or another scikit-learn
        return None


def _make_kernel(estimator: Any) -> Any:
    return Forest(estimator) if is_forest(estimator) else Linear(estimator)


def _draw_values(estimator: Any, fields: list[Field]) -> list[list[float]]:
    """Return values to try, field by field."""
    if is_forest(estimator):
        return draw_thresholds(estimator)
    dice = np.random.default_rng(0)
    sizes = 10.0 ** dice.integers(-3, 4, (len(fields), 200))
    values: list[list[float]] = (dice.normal(size=sizes.shape) * sizes).tolist()
    return values


def _is_same(direct: Direct, schema: Schema, ask: _Ask, values: list[list[float]]) -> bool:
    dice = np.random.default_rng(1)
    drawn = dict(zip(direct.names, values, strict=True))
    for count in _TRIED:
        rows = [_make_row(schema, drawn, dice) for _ in range(count)]
        for probabilities in (False, True)[: 1 + bool(direct.kernel.has_probabilities)]:
            try:
                wanted = ask(rows, probabilities)
            except Exception:  # noqa: BLE001 - a notebook's statements: what they cannot answer is not tried here
                return False
            if repr(direct.answer(rows, probabilities)) != repr(wanted):  # -0.0 is not 0.0, and nan is nan
                return False
    return True


def _make_row(schema: Schema, drawn: dict[str, list[float]], dice: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in schema.fields:
        values = drawn.get(field.name)
        if values is None:
            continue
        value = values[int(dice.integers(len(values)))] + float(dice.choice([-1e-3, 0.0, 1e-3]))
        row[field.name] = round(value) if field.dtype == "int64" else value
    return row
