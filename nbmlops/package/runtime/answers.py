"""Answers: predictions and shares of classes as JSON holds them, whatever an estimator returns."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["list_classes", "plain_value", "split_answers"]


def list_classes(estimator: Any) -> list[Any] | None:
    """Return the classes that ``predict_proba`` gives shares of; None where it does not, or of several."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or not hasattr(estimator, "predict_proba"):
        return None
    if any(np.ndim(each) for each in classes):
        return None
    return [plain_value(each) for each in classes]


def split_answers(predicted: Any) -> list[Any]:
    """Return a prediction for each row; several outputs are a list each."""
    if hasattr(predicted, "toarray"):
        predicted = predicted.toarray()
    if hasattr(predicted, "to_numpy"):
        predicted = predicted.to_numpy()
    return [plain_value(each) for each in predicted]


def plain_value(value: Any) -> Any:
    """Return a prediction, or a list of them, without numpy's types."""
    if getattr(value, "ndim", 0) or isinstance(value, np.generic):
        return value.tolist()
    return value.item() if hasattr(value, "item") else value
