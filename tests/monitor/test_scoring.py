"""Each metric is scikit-learn's, also with weights, for many weightings at once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from nbmlops.errors import MonitorError
from nbmlops.monitor.scoring import METRICS, Scores, find_metric, score_answers

DICE = np.random.default_rng(3)
ROWS = 240
WEIGHTS = np.vstack([np.ones(ROWS), DICE.integers(0, 4, (3, ROWS))]).astype(float)


def make_scores(kinds: tuple[str, ...]) -> Scores:
    labels = DICE.choice(np.array(kinds, dtype=object), ROWS)
    shares = DICE.dirichlet(np.ones(len(kinds)), ROWS).round(2)
    shares[:, -1] = 1 - shares[:, :-1].sum(axis=1)
    shares = np.clip(shares, 0, 1)
    predicted = np.array(kinds, dtype=object)[shares.argmax(axis=1)]
    return Scores(labels, predicted, shares, kinds)


def make_numbers() -> Scores:
    labels = DICE.normal(50, 9, ROWS)
    return Scores(labels, labels + DICE.normal(1, 4, ROWS), np.empty((0, 0)))


def ask_sklearn(name: str, scores: Scores, weights: np.ndarray) -> float:
    function = getattr(metrics, name)
    two = len(scores.classes) == 2
    if name in ("f1_score", "precision_score", "recall_score"):
        settings = {"pos_label": scores.classes[1]} if two else {"average": "macro"}
        return function(scores.labels, scores.predicted, sample_weight=weights, zero_division=0, **settings)
    if METRICS[name].needs_shares:
        labels = scores.labels.astype(str)
        if name == "log_loss":
            return function(labels, scores.shares, sample_weight=weights, labels=list(scores.classes))
        if two:
            known = (labels == scores.classes[1]).astype(int)
            return function(known, scores.shares[:, 1], sample_weight=weights)
        each = [
            function((labels == kind).astype(int), scores.shares[:, n], sample_weight=weights)
            for n, kind in enumerate(scores.classes)
        ]
        return float(np.mean(each)) if name != "brier_score_loss" else 2 * float(np.sum(each)) / 2
    return function(scores.labels, scores.predicted, sample_weight=weights)


@pytest.mark.parametrize("kinds", [("no", "yes"), ("a", "b", "c")])
@pytest.mark.parametrize("name", sorted(n for n, m in METRICS.items() if m.kind == "classes"))
def test_classification_is_scikit_learns(name: str, kinds: tuple[str, ...]) -> None:
    scores = make_scores(kinds)
    found = score_answers(METRICS[name], scores, WEIGHTS)
    expected = [ask_sklearn(name, scores, weights) for weights in WEIGHTS]
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", sorted(n for n, m in METRICS.items() if m.kind == "numbers"))
def test_regression_is_scikit_learns(name: str) -> None:
    scores = make_numbers()
    found = score_answers(METRICS[name], scores, WEIGHTS)
    expected = [ask_sklearn(name, scores, weights) for weights in WEIGHTS]
    assert found == pytest.approx(expected, rel=1e-9)


def test_score_is_what_an_estimator_scores_itself_by() -> None:
    assert find_metric("score", make_scores(("a", "b"))).name == "accuracy_score"
    assert find_metric(None, make_numbers()).name == "r2_score"


@pytest.mark.parametrize("name", ["accuracy", "f1_scor", "cross_val_score"])
def test_unknown_metric_lists_those_there_are(name: str) -> None:
    with pytest.raises(MonitorError) as error:
        find_metric(name, make_scores(("a", "b")))
    assert name in error.value.what
    assert "accuracy_score" in error.value.then


def test_metric_that_does_not_suit_is_refused() -> None:
    with pytest.raises(MonitorError, match="cannot score a regression") as error:
        find_metric("accuracy_score", make_numbers())
    assert "mean_squared_error" in error.value.then and "accuracy_score" not in error.value.then
    scores = make_scores(("a", "b"))
    bare = Scores(scores.labels, scores.predicted, np.empty((0, 0)), scores.classes)
    with pytest.raises(MonitorError, match="needs probabilities"):
        find_metric("log_loss", bare)
