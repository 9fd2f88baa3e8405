"""Answers: what a model predicts for its own training data, to compare later predictions with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from nbmlops.core.value import ColumnProfile

__all__ = ["PREDICTION", "profile_answers"]

PREDICTION = "prediction"
_MANY = 50


def profile_answers(answers: Sequence[Any]) -> ColumnProfile:
    """Describe predictions as a column: numbers by their quantiles, classes by their counts."""
    known = [answer for answer in answers if answer is not None]
    counted = Counter(str(answer) for answer in known)
    numbers = [float(a) for a in known if isinstance(a, int | float) and not isinstance(a, bool)]
    continuous = len(numbers) == len(known) and len(counted) > _MANY
    quantiles = np.quantile(numbers, np.linspace(0, 1, 21)) if continuous else ()
    return ColumnProfile(
        name=PREDICTION,
        dtype="",
        kind="number" if continuous else "category",
        count=len(known),
        missing=len(answers) - len(known),
        distinct=len(counted),
        quantiles=tuple(float(q) for q in quantiles),
        top=() if continuous else tuple(counted.most_common()),
    )
