"""Scoring: the metrics by which a candidate and a champion are held against each other."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.errors import MonitorError
from nbmlops.monitor import formulas
from nbmlops.monitor.formulas import Answers, Floats

__all__ = ["METRICS", "Metric", "Scores", "check_metric", "find_metric", "score_answers"]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What one model answered to rows whose labels are known.

    `labels` and `predicted` have one entry a row; `shares` are the probabilities (rows, classes),
    in the order of `classes`, empty where the model gives none; `classes` is empty for a regression.
    """

    labels: Answers
    predicted: Answers
    shares: Floats
    classes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by the name of its function in scikit-learn.

    `score` takes the answers and weights (weightings, rows) and returns one number a weighting.
    """

    name: str
    score: Callable[[Scores, Floats], Floats]
    kind: str = "classes"
    higher_is_better: bool = True
    needs_shares: bool = False


def check_metric(name: str | None) -> str | None:
    """Return the name of a metric, None for an estimator's own ``score``.

    Raises
    ------
    MonitorError
        If there is no metric of that name.
    """
    if name is None or name == "score":
        return None
    if name not in METRICS:
        close = difflib.get_close_matches(name, METRICS, n=1)
        hint = f" ('{close[0]}' is close)" if close else ""
        raise MonitorError(
            f"There is no metric '{name}'{hint}.",
            f"Choose one with `--metric`: {', '.join(sorted(METRICS))}.",
        )
    return name


def find_metric(name: str | None, scores: Scores) -> Metric:
    """Return the metric of a name that suits the answers; without a name, accuracy or R squared.

    Raises
    ------
    MonitorError
        If there is no such metric, or these answers cannot be scored by it.
    """
    kind = "classes" if scores.classes else "numbers"
    found = METRICS[check_metric(name) or ("accuracy_score" if scores.classes else "r2_score")]
    if found.kind != kind:
        what = "a regression" if kind == "numbers" else "a classification"
        fitting = ", ".join(sorted(m.name for m in METRICS.values() if m.kind == kind))
        raise MonitorError(f"'{found.name}' cannot score {what}.", f"Choose one with `--metric`: {fitting}.")
    if found.needs_shares and not scores.shares.size:
        raise MonitorError(
            f"'{found.name}' needs probabilities, which this model does not give.",
            "Choose one that does not with `--metric`, for example accuracy_score.",
        )
    return found


def score_answers(metric: Metric, scores: Scores, weights: Floats | None = None) -> Floats:
    """Return a metric for each row of `weights` (weightings, rows); by default each row counts once."""
    counted = np.ones((1, len(scores.labels))) if weights is None else weights
    return metric.score(scores, counted)


def _accuracy(scores: Scores, weights: Floats) -> Floats:
    return formulas.mean_loss((scores.labels == scores.predicted).astype(float), weights)


def _balanced(scores: Scores, weights: Floats) -> Floats:
    return formulas.share_right(scores.labels, scores.predicted, weights)


def _matthews(scores: Scores, weights: Floats) -> Floats:
    return formulas.matthews(scores.labels, scores.predicted, weights)


def _of_classes(part: str) -> Callable[[Scores, Floats], Floats]:
    """Of two classes the second is what is looked for, as in scikit-learn; of more, all count alike."""

    def score(scores: Scores, weights: Floats) -> Floats:
        kinds = list(scores.classes[1:] if len(scores.classes) == 2 else scores.classes)
        return formulas.f_beta(scores.labels, scores.predicted, weights, kinds, part)

    return score


def _over_classes(
    formula: Callable[[Any, Floats, Floats], Floats],
) -> Callable[[Scores, Floats], Floats]:
    def score(scores: Scores, weights: Floats) -> Floats:
        numbers = [1] if len(scores.classes) == 2 else range(len(scores.classes))
        each = [
            formula(scores.labels == scores.classes[number], scores.shares[:, number], weights)
            for number in numbers
        ]
        mean: Floats = np.mean(np.stack(each), axis=0)
        return mean

    return score


def _log_loss(scores: Scores, weights: Floats) -> Floats:
    smallest = np.finfo(np.float64).eps
    places = {kind: number for number, kind in enumerate(scores.classes)}
    columns = np.array([places.get(label, -1) for label in scores.labels.tolist()])
    given = scores.shares[np.arange(len(columns)), columns]
    given = np.where(columns < 0, 0.0, given)
    return formulas.mean_loss(-np.log(np.clip(given, smallest, 1.0)), weights)


def _brier(scores: Scores, weights: Floats) -> Floats:
    known = np.stack([scores.labels == kind for kind in scores.classes], axis=1).astype(float)
    losses = ((scores.shares - known) ** 2).sum(axis=1)
    return formulas.mean_loss(losses / 2 if len(scores.classes) == 2 else losses, weights)


def _of_errors(
    loss: Callable[[Floats, Floats], Floats], then: Callable[[Floats], Floats] = lambda mean: mean
) -> Callable[[Scores, Floats], Floats]:
    def score(scores: Scores, weights: Floats) -> Floats:
        labels, predicted = scores.labels.astype(float), scores.predicted.astype(float)
        return then(formulas.mean_loss(loss(labels, predicted), weights))

    return score


def _of_variance(
    formula: Callable[[Floats, Floats, Floats], Floats],
) -> Callable[[Scores, Floats], Floats]:
    def score(scores: Scores, weights: Floats) -> Floats:
        return formula(scores.labels.astype(float), scores.predicted.astype(float), weights)

    return score


def _relative(labels: Floats, predicted: Floats) -> Floats:
    return np.abs(labels - predicted) / np.maximum(np.abs(labels), np.finfo(np.float64).eps)


def _squared(labels: Floats, predicted: Floats) -> Floats:
    return (labels - predicted) ** 2


def _absolute(labels: Floats, predicted: Floats) -> Floats:
    return np.abs(labels - predicted)


_ALL = (
    Metric("accuracy_score", _accuracy),
    Metric("balanced_accuracy_score", _balanced),
    Metric("matthews_corrcoef", _matthews),
    Metric("f1_score", _of_classes("f")),
    Metric("precision_score", _of_classes("p")),
    Metric("recall_score", _of_classes("r")),
    Metric("roc_auc_score", _over_classes(formulas.ranking_area), needs_shares=True),
    Metric("average_precision_score", _over_classes(formulas.average_precision), needs_shares=True),
    Metric("log_loss", _log_loss, higher_is_better=False, needs_shares=True),
    Metric("brier_score_loss", _brier, higher_is_better=False, needs_shares=True),
    Metric("r2_score", _of_variance(formulas.r_squared), "numbers"),
    Metric("explained_variance_score", _of_variance(formulas.explained_variance), "numbers"),
    Metric("mean_absolute_error", _of_errors(_absolute), "numbers", higher_is_better=False),
    Metric("mean_squared_error", _of_errors(_squared), "numbers", higher_is_better=False),
    Metric("root_mean_squared_error", _of_errors(_squared, np.sqrt), "numbers", higher_is_better=False),
    Metric("mean_absolute_percentage_error", _of_errors(_relative), "numbers", higher_is_better=False),
)
METRICS = {metric.name: metric for metric in _ALL}
"""Each metric by its name."""
