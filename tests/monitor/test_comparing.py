"""The bootstrap interval tells a better model from one that is only lucky."""

from __future__ import annotations

import numpy as np
import pytest

from nbmlops.errors import MonitorError
from nbmlops.monitor.comparing import compare_scores
from nbmlops.monitor.scoring import Scores

KINDS = ("no", "yes")


def answer(labels: np.ndarray, right: float, seed: int) -> Scores:
    """Answers of which a share is right."""
    dice = np.random.default_rng(seed)
    hit = dice.random(len(labels)) < right
    predicted = np.where(hit, labels, np.where(labels == "yes", "no", "yes"))
    said = np.where(predicted == "yes", 0.8, 0.2) + dice.uniform(-0.1, 0.1, len(labels))
    return Scores(labels, predicted, np.column_stack([1 - said, said]), KINDS)


@pytest.fixture
def labels() -> np.ndarray:
    return np.random.default_rng(0).choice(np.array(KINDS, dtype=object), 1_000)


def test_better_candidate_lies_above_zero(labels: np.ndarray) -> None:
    found = compare_scores("accuracy_score", answer(labels, 0.7, 1), answer(labels, 0.8, 2))
    assert found.candidate > found.champion
    assert found.difference == pytest.approx(found.candidate - found.champion)
    assert 0 < found.lower < found.difference < found.upper
    assert (found.metric, found.rows, found.resamples) == ("accuracy_score", 1_000, 2_000)


def test_loss_is_turned_round(labels: np.ndarray) -> None:
    found = compare_scores("log_loss", answer(labels, 0.7, 1), answer(labels, 0.8, 2))
    assert found.candidate < found.champion
    assert found.difference == pytest.approx(found.champion - found.candidate)
    assert found.lower > 0


def test_same_model_is_no_better(labels: np.ndarray) -> None:
    same = answer(labels, 0.8, 1)
    found = compare_scores("accuracy_score", same, same)
    assert (found.difference, found.lower, found.upper) == (0, 0, 0)


def test_interval_is_the_textbook_one(labels: np.ndarray) -> None:
    first, second = answer(labels, 0.7, 1), answer(labels, 0.8, 2)
    found = compare_scores("accuracy_score", first, second)
    gains = (second.predicted == labels).astype(float) - (first.predicted == labels)
    half = 1.96 * gains.std() / np.sqrt(len(gains))
    assert found.upper - found.lower == pytest.approx(2 * half, rel=0.08)


def test_equal_models_seldom_look_better(labels: np.ndarray) -> None:
    above = [
        compare_scores("accuracy_score", answer(labels, 0.75, n), answer(labels, 0.75, n + 500), 400).lower
        > 0
        for n in range(1, 60)
    ]
    assert sum(above) <= 6


def test_it_is_the_same_every_time(labels: np.ndarray) -> None:
    pair = answer(labels, 0.7, 1), answer(labels, 0.72, 2)
    assert compare_scores("roc_auc_score", *pair) == compare_scores("roc_auc_score", *pair)


def test_absent_class_is_told() -> None:
    labels = np.array(["no"] * 80, dtype=object)
    with pytest.raises(MonitorError, match="a class is too rare"):
        compare_scores("roc_auc_score", answer(labels, 0.7, 1), answer(labels, 0.8, 2))
