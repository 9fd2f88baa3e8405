"""Golden rows: made up from the profile column by column, nobody's, with the notebook's answers."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nbmlops.core.value import ColumnProfile, Profile, SignatureField
from nbmlops.package.cutting.forms import make_text
from nbmlops.package.rowcut import Golden
from nbmlops.package.runtime.answers import list_classes, split_answers
from nbmlops.package.runtime.schema import Schema

__all__ = ["answer_features", "answer_together", "hold_jobs", "make_rows", "take_tenths"]

_ROWS = 20
_FEW = 200


def make_rows(
    fields: tuple[SignatureField, ...],
    profile: Profile,
    count: int = _ROWS,
    forms: Mapping[str, Sequence[str]] | None = None,
) -> list[dict[str, Any]]:
    """Make up rows: each value is drawn for itself from what the profile says of its column.

    A text of which no value is common is made up in one of the `forms` of its column.
    """
    dice = random.Random(20)
    columns = {column.name: column for column in profile.columns}
    rows = []
    for number in range(count):
        row: dict[str, Any] = {}
        for field in fields:
            if not field.required:
                continue
            missing = field.nullable and number > 0 and dice.random() < 0.08
            known = (forms or {}).get(field.name, ())
            row[field.name] = None if missing else _draw(field, columns[field.name], dice, known)
        rows.append(row)
    return rows


def answer_together(
    cases: Sequence[Golden],
    schema: Schema,
    estimator: Any,
    together: tuple[Callable[[Any], Any], bool] | None,
) -> tuple[Golden, ...]:
    """Return the cases with what comes out where all that are not dropped are sent at once.

    `together` are the row function and whether its index says which rows were kept; None where each row
    is answered for itself all the same.
    """
    if together is None:
        return tuple(
            dataclasses.replace(case, together=case.prediction, together_probabilities=case.probabilities)
            for case in cases
        )
    features, by_index = together
    answered = [number for number, case in enumerate(cases) if case.dropped is None]
    if not answered:
        return tuple(cases)
    made = features(schema.build_rows([cases[number].row for number in answered]))
    labels = list(made.index) if by_index and hasattr(made, "index") else list(range(made.shape[0]))
    fewer = made.shape[0] != len(answered)
    alone = fewer and (not by_index or labels == list(range(len(labels))))
    found = dict(zip(labels, answer_features(estimator, made), strict=True))
    done = list(cases)
    for place, number in enumerate(answered):
        case = cases[number]
        # The service asks rows for themselves that the others would drop.
        answer = (case.prediction, case.probabilities) if alone or place not in found else found[place]
        done[number] = dataclasses.replace(case, together=answer[0], together_probabilities=answer[1])
    return tuple(done)


def answer_features(estimator: Any, features: Any) -> list[tuple[Any, tuple[float, ...] | None]]:
    """Return a prediction for each row, with the shares of the classes where there are such."""
    predictions = split_answers(estimator.predict(features))
    if list_classes(estimator) is None:
        return [(prediction, None) for prediction in predictions]
    shares = [tuple(float(p) for p in row) for row in estimator.predict_proba(features)]
    return list(zip(predictions, shares, strict=True))


@contextlib.contextmanager
def hold_jobs(estimator: Any) -> Iterator[None]:
    """Let an estimator work on one thread meanwhile, as the service does.

    With more a forest adds in the order in which they come back: the last bit would be a matter of luck.
    """
    last = estimator.steps[-1][1] if getattr(estimator, "steps", None) else estimator
    several = getattr(last, "n_jobs", None) not in (None, 1)
    if not several:
        yield
        return
    jobs, last.n_jobs = last.n_jobs, 1
    try:
        yield
    finally:
        last.n_jobs = jobs


def take_tenths(estimator: Any, features: Any) -> tuple[float, ...]:
    """Return where the tenths of the predictions lie, to three digits; nothing for classes."""
    if hasattr(estimator, "classes_"):
        return ()
    predictions = np.asarray(estimator.predict(features))
    if predictions.ndim != 1 or predictions.dtype.kind not in "fiu":
        return ()
    tenths = np.nanquantile(predictions.astype(float), [n / 10 for n in range(1, 10)])
    return tuple(sorted({float(f"{tenth:.3g}") for tenth in tenths}))


def _draw(field: SignatureField, column: ColumnProfile, dice: random.Random, forms: Sequence[str]) -> Any:
    if field.dtype == "bool":
        return dice.random() < 0.5
    if field.dtype.startswith(("int", "uint")):
        return _between(column, dice, whole=True)
    if field.dtype.startswith("float"):
        return _between(column, dice, whole=False)
    if field.dtype.startswith("datetime"):
        return f"20{dice.randint(10, 20)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T00:00:00"
    if not column.top:
        return make_text(dice.choice(forms), dice) if forms else "made up"
    values, weights = zip(*column.top, strict=True)
    return dice.choices(values, weights)[0]


def _between(column: ColumnProfile, dice: random.Random, whole: bool) -> float | int:
    if not column.quantiles:
        return 0
    part = dice.randrange(len(column.quantiles) - 1) if len(column.quantiles) > 1 else 0
    low, high = column.quantiles[part], column.quantiles[min(part + 1, len(column.quantiles) - 1)]
    if low == high and column.count < _FEW:  # fewer than ten rows have it: it is theirs
        low, high = column.quantiles[0], column.quantiles[-1]
    value = dice.uniform(low, high)
    return round(value) if whole else round(value, 6)
