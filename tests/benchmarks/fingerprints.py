"""Fingerprints: knowing a value again, beside xxh3 over the same bytes and joblib's hash."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator

import joblib
import numpy as np
import pandas as pd
import xxhash
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

from nbmlops.values.fingerprint import portray
from tests.benchmarks.figures import Figure, time_alternately

__all__ = ["measure_fingerprints"]


def measure_fingerprints() -> Iterator[Figure]:
    """Yield a figure for a large frame, a forest and a dictionary."""
    rows = 1_021_739
    cells = np.random.default_rng(0).random((23, rows))
    frame = pd.DataFrame({f"c{i}": column for i, column in enumerate(cells)})
    columns = [frame[name].to_numpy() for name in frame]
    yield _measure("188 MB frame", frame, lambda: [xxhash.xxh3_128_digest(c) for c in columns], 40)
    forest = RandomForestClassifier(100, random_state=0).fit(*make_classification(1000, random_state=0))
    yield _measure("forest of 100 trees", forest, _hash_pickled(forest), 4)
    numbers = {f"key {i}": float(i) for i in range(100_000)}
    yield _measure("dict of 100,000", numbers, _hash_pickled(numbers), 30)


def _hash_pickled(value: object) -> Callable[[], object]:
    content = pickle.dumps(value, protocol=5)
    return lambda: xxhash.xxh3_128_digest(content)


def _measure(what: str, value: object, floor: Callable[[], object], target: float) -> Figure:
    ours, xxh3 = time_alternately([lambda: portray(value), floor], 15)
    (theirs,) = time_alternately([lambda: joblib.hash(value)], 3)
    shown = f"{ours * 1e3:.1f} ms (xxh3 {xxh3 * 1e3:.1f}, joblib {theirs * 1e3:.0f})"
    return Figure(f"fingerprint of a {what}", shown, f"<= {target:.0f} ms CPU", ours <= target / 1e3)
