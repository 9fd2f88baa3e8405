"""Stability: the population stability index of two sets of counts, and what of it chance explains."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from nbmlops.monitor.formulas import Floats

__all__ = ["LIMIT", "explain_chance", "measure_shift"]

LIMIT = 0.2
"""From here on a shift counts as significant: the custom of credit scoring, where 0.1 is called small
and 0.25 large (Siddiqi, Credit Risk Scorecards, 2006), as monitoring tools have it today."""

_FLOOR = 1e-4
_DRAWS = 2_000
_SEED = 20_260_101


def measure_shift(expected: Floats, counts: NDArray[np.float64]) -> Floats:
    """Return the index for shares `expected` (..., bins) and `counts` (..., bins).

    Half a row is added to each count, and no share is taken as less than 0.0001: the logarithm of
    an empty bin would outweigh everything else.
    """
    bins = counts.shape[-1]
    shares = (counts + 0.5) / (counts.sum(axis=-1, keepdims=True) + 0.5 * bins)
    before, after = np.maximum(expected, _FLOOR), np.maximum(shares, _FLOOR)
    index: Floats = ((after - before) * np.log(after / before)).sum(axis=-1)
    return index


def explain_chance(expected: Floats, rows: int, reference: int, risk: float) -> float:
    """Return the index that `rows` drawn from the reference itself exceed with probability `risk`.

    The index of two samples of one population is nearly a scaled chi-square variable (Yurdakul and
    Naranjo, Journal of Risk Model Validation, 2020). Its scale and freedom are taken from 2,000
    simulated pairs, its far quantile by Wilson and Hilferty's approximation.
    """
    if len(expected) < 2 or rows == 0:
        return 0.0
    dice = np.random.default_rng(_SEED)
    shares = expected / expected.sum()
    known = dice.multinomial(max(reference, 1), shares, _DRAWS) / max(reference, 1)
    drawn = measure_shift(known, dice.multinomial(rows, shares, _DRAWS).astype(np.float64))
    mean, variance = float(drawn.mean()), float(drawn.var())
    if variance == 0:
        return mean
    freedom = 2 * mean**2 / variance
    edge = 2 / (9 * freedom)
    z = NormalDist().inv_cdf(1 - risk)
    return float(mean * max(0.0, 1 - edge + z * edge**0.5) ** 3)
