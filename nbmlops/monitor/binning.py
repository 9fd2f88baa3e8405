"""Binning: the bins in which a column is compared with its profile, and what falls into each."""

from __future__ import annotations

import datetime
import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbmlops.core.value import ColumnProfile
from nbmlops.monitor.formulas import Floats

__all__ = ["Binned", "bin_categories", "bin_column", "bin_numbers", "find_edges", "is_number", "read_number"]

_LEAST_SHARE = 0.08
_LEAST_ROWS = 5
_OFTEN = 10


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """A column in bins: `expected` shares by the profile, and `counts` of what was sent now.

    `labels` name the bins; `new` counts values that the reference surely does not have, `rare` those
    that it had at most nine times if at all.
    """

    labels: tuple[str, ...]
    expected: Floats
    counts: NDArray[np.float64]
    new: tuple[tuple[str, int], ...] = ()
    rare: tuple[tuple[str, int], ...] = ()


def is_number(profile: ColumnProfile) -> bool:
    """Say whether a column is compared as numbers (times are seconds)."""
    return profile.kind in ("number", "integer", "time") and len(profile.quantiles) > 2


def read_number(value: Any) -> float | None:
    """Return a value as a number, a time as seconds since 1970 (UTC); None for what is neither."""
    if isinstance(value, str):
        try:
            moment = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def bin_column(profile: ColumnProfile, values: Sequence[Any]) -> Binned:
    """Put values that are not missing into the bins of a column."""
    if is_number(profile):
        numbers = [number for number in map(read_number, values) if number is not None]
        return bin_numbers(profile, numbers)
    return bin_categories(profile, [str(value) for value in values])


def bin_numbers(profile: ColumnProfile, numbers: Sequence[float]) -> Binned:
    """Put numbers between the quantiles of the profile."""
    edges, expected = find_edges(profile)
    places = np.searchsorted(np.array(edges), np.array(numbers, dtype=np.float64), side="left")
    counts = np.bincount(places, minlength=len(edges) + 1).astype(np.float64)
    bounds = [-math.inf, *edges, math.inf]
    labels = tuple(f"{low:g} to {high:g}" for low, high in itertools.pairwise(bounds))
    return Binned(labels, np.array(expected), counts)


def find_edges(profile: ColumnProfile) -> tuple[list[float], list[float]]:
    """Return the upper ends of all bins but the last, and the share of each bin."""
    edges: list[float] = []
    shares: list[float] = []
    before = 0.0
    for value, share in _list_ends(profile):
        if share - before >= _LEAST_SHARE and 1 - share >= _LEAST_SHARE / 2:
            edges.append(value)
            shares.append(share - before)
            before = share
    return edges, [*shares, 1 - before]


def _list_ends(profile: ColumnProfile) -> list[tuple[float, float]]:
    """Return where bins may end, and what share of the reference lies up to there.

    The quantiles bound that share from both sides, and so do the values that are counted one by
    one: the middle of what is left is taken.
    """
    quantiles, steps = list(profile.quantiles), len(profile.quantiles) - 1
    counted = [(float(text), times / profile.count) for text, times in profile.top]
    ends: list[tuple[float, float]] = []
    for value in dict.fromkeys(quantiles):
        first = quantiles.index(value)
        last = first + quantiles.count(value) - 1
        if last > first > 0:
            low = max((first - 1) / steps, sum(share for v, share in counted if v < value))
            high = min(first / steps, 1 - sum(share for v, share in counted if v >= value))
            ends.append((math.nextafter(value, -math.inf), (low + high) / 2))
        low, high = last / steps, min(1.0, (last + 1) / steps)
        if counted:
            low = max(low, sum(share for v, share in counted if v <= value))
            high = min(high, 1 - sum(share for v, share in counted if v > value))
        # A value of a column without repeats is the end of exactly its share.
        ends.append((value, (low + high) / 2 if counted or last > first else low))
    return ends


def bin_categories(profile: ColumnProfile, values: Sequence[str]) -> Binned:
    """Count values by category; those that are rare in the reference are one bin together.

    Rare is what fewer than five of the rows would have: the index means nothing for such bins.
    """
    known = profile.count
    counted = Counter(values)
    if known <= 0 or not profile.top:
        return Binned(("any",), np.ones(1), np.array([float(len(values))]))
    named = dict(profile.top)
    others = tuple((value, times) for value, times in counted.most_common() if value not in named)
    is_new = len(named) == profile.distinct
    often = [value for value, times in named.items() if times / known * len(values) >= _LEAST_ROWS]
    expected = [named[value] / known for value in often]
    counts = [float(counted[value]) for value in often]
    rest = max(0.0, 1 - sum(expected))
    return Binned(
        (*often, "other"),
        np.array([*expected, rest]),
        np.array([*counts, len(values) - sum(counts)]),
        others if is_new else (),
        () if is_new else tuple((value, times) for value, times in others if times >= _OFTEN),
    )
