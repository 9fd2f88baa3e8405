"""Formulas: metrics of weighted rows, for many weightings at once, as a bootstrap needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Answers",
    "Floats",
    "average_precision",
    "explained_variance",
    "f_beta",
    "matthews",
    "mean_loss",
    "r_squared",
    "ranking_area",
    "share_right",
]

Floats: TypeAlias = NDArray[np.float64]
Answers: TypeAlias = NDArray[Any]
_SMALLEST = np.finfo(np.float64).eps


def mean_loss(losses: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of the losses; `losses` (rows,), `weights` (weightings, rows)."""
    mean: Floats = weights @ losses / weights.sum(axis=1)
    return mean


def share_right(labels: Answers, predicted: Answers, weights: Floats) -> Floats:
    """Return the mean over the classes that occur of the share that was found (balanced accuracy)."""
    shares = []
    for kind in np.unique(labels):
        of_kind = (labels == kind).astype(float)
        whole = weights @ of_kind
        found = weights @ (of_kind * (predicted == kind))
        shares.append(np.divide(found, whole, out=np.full(len(whole), np.nan), where=whole > 0))
    mean: Floats = np.nanmean(np.stack(shares), axis=0)
    return mean


def f_beta(labels: Answers, predicted: Answers, weights: Floats, kinds: list[Any], part: str = "f") -> Floats:
    """Return F1 (`part` "f"), precision ("p") or recall ("r"), averaged over the classes `kinds`."""
    scores = []
    for kind in kinds:
        is_kind, said_kind = labels == kind, predicted == kind
        right = weights @ (is_kind & said_kind).astype(float)
        said, whole = weights @ said_kind.astype(float), weights @ is_kind.astype(float)
        below = {"f": (said + whole) / 2, "p": said, "r": whole}[part]
        scores.append(np.divide(right, below, out=np.zeros(len(right)), where=below > 0))
    mean: Floats = np.mean(np.stack(scores), axis=0)
    return mean


def matthews(labels: Answers, predicted: Answers, weights: Floats) -> Floats:
    """Return the correlation of labels and predictions (Gorodkin's form, for any number of classes)."""
    kinds = np.unique(np.concatenate([labels, predicted]))
    total = weights.sum(axis=1)
    true = np.stack([weights @ (labels == kind).astype(float) for kind in kinds])
    said = np.stack([weights @ (predicted == kind).astype(float) for kind in kinds])
    right = weights @ (labels == predicted).astype(float)
    above = right * total - (true * said).sum(axis=0)
    below = np.sqrt((total**2 - (said**2).sum(axis=0)) * (total**2 - (true**2).sum(axis=0)))
    score: Floats = np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
    return score


def ranking_area(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Return the area under the ROC curve; equal scores count half. NaN where one class is absent."""
    groups, order = _group_scores(scores)
    above = _sum_groups(weights[:, order] * positive[order], groups)
    below = _sum_groups(weights[:, order] * ~positive[order], groups)
    beaten = np.cumsum(below, axis=1) - below / 2
    pairs = above.sum(axis=1) * below.sum(axis=1)
    won = (above * beaten).sum(axis=1)
    area: Floats = np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
    return area


def average_precision(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Return the area under the precision-recall steps. NaN where no row is positive."""
    groups, order = _group_scores(-scores)
    hits = _sum_groups(weights[:, order] * positive[order], groups)
    said = np.cumsum(_sum_groups(weights[:, order], groups), axis=1)
    precision = np.divide(np.cumsum(hits, axis=1), said, out=np.zeros_like(said), where=said > 0)
    whole = hits.sum(axis=1)
    above = (hits * precision).sum(axis=1)
    area: Floats = np.divide(above, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return area


def r_squared(labels: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Return the share of the labels' variance that is explained."""
    return _explain(labels, (labels - predicted) ** 2, weights, lambda losses: weights @ losses)


def explained_variance(labels: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Return the share of the labels' variance that is explained, a constant error forgiven."""
    errors = labels - predicted
    total = weights.sum(axis=1)
    return _explain(
        labels, errors**2, weights, lambda squares: weights @ squares - (weights @ errors) ** 2 / total
    )


def _explain(labels: Floats, losses: Floats, weights: Floats, left: Callable[[Floats], Floats]) -> Floats:
    total = weights.sum(axis=1)
    shifted = labels - labels.mean()
    spread = weights @ shifted**2 - (weights @ shifted) ** 2 / total
    flat = spread <= _SMALLEST * np.maximum(1.0, weights @ shifted**2)
    share: Floats = 1 - np.divide(left(losses), spread, out=np.full(len(spread), np.nan), where=~flat)
    return share


def _group_scores(scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where each run of equal scores begins in the sorted order, and that order."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return begins, order


def _sum_groups(values: Floats, begins: NDArray[np.intp]) -> Floats:
    return np.add.reduceat(values, begins, axis=1)
