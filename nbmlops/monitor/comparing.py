"""Comparing: a candidate beside the champion on the same rows, with a paired bootstrap interval."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nbmlops.core.drift import Comparison
from nbmlops.errors import MonitorError
from nbmlops.monitor.formulas import Floats
from nbmlops.monitor.scoring import Scores, find_metric, score_answers

__all__ = ["RESAMPLES", "compare_scores"]

RESAMPLES = 2_000
"""Enough for a 95% interval whose ends hardly move (Efron and Tibshirani, 1993, chapter 14)."""

_SEED = 20_260_101
_ENTRIES = 4_000_000
_USABLE = 0.9


def compare_scores(
    metric: str | None, champion: Scores, candidate: Scores, resamples: int = RESAMPLES, seed: int = _SEED
) -> Comparison:
    """Score both models on the same rows, and bound the difference by resampling rows in pairs.

    A difference above 0 means that the candidate is better, also for a loss.

    Raises
    ------
    MonitorError
        If the metric does not suit the answers, or too few resamples can be scored.
    """
    chosen = find_metric(metric, candidate)
    find_metric(chosen.name, champion)
    sign = 1.0 if chosen.higher_is_better else -1.0
    first, second = (float(score_answers(chosen, scores)[0]) for scores in (champion, candidate))
    rows = len(champion.labels)
    drawn = np.concatenate(
        [
            score_answers(chosen, candidate, weights) - score_answers(chosen, champion, weights)
            for weights in _draw_weights(rows, resamples, seed)
        ]
    )
    usable = drawn[np.isfinite(drawn)]
    if len(usable) < _USABLE * resamples or not np.isfinite([first, second]).all():
        raise MonitorError(
            f"'{chosen.name}' cannot be computed on {rows} held-back rows: a class is too rare among them.",
            "Give more new rows, or choose another metric with `--metric`.",
        )
    lower, upper = np.quantile(sign * usable, [0.025, 0.975])
    return Comparison(
        metric=chosen.name,
        rows=rows,
        champion=first,
        candidate=second,
        difference=sign * (second - first),
        lower=float(lower),
        upper=float(upper),
        resamples=resamples,
    )


def _draw_weights(rows: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Yield how often each row is in each resample, some resamples at a time."""
    dice = np.random.default_rng(seed)
    step = max(1, _ENTRIES // rows)
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        chosen = dice.integers(0, rows, (size, rows)) + np.arange(size)[:, None] * rows
        counts = np.bincount(chosen.ravel(), minlength=size * rows)
        yield counts.reshape(size, rows).astype(np.float64)
