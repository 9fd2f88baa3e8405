"""Drift: what was sent since the start, column by column, beside the reference of the training data."""

from __future__ import annotations

import bisect
import datetime
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .counts import Counts, Key
from .manifest import read_checked

__all__ = ["FILE", "Drift", "load_reference"]

FILE = "reference.json"
_LEAST = 1e-4
_ABSENT = object()


class Drift:
    """Counts values in the bins of the reference."""

    def __init__(self, columns: list[dict[str, Any]], counts: Counts | None = None) -> None:
        self.counts = Counts(None, 64) if counts is None else counts
        self._columns = [_Column(column, self.counts) for column in columns]
        self._rows = self.counts.place("drift_rows")

    def count_rows(self, rows: list[dict[str, Any]]) -> None:
        """Count what was sent."""
        self.counts.values[self._rows] += len(rows)
        for column in self._columns:
            column.count(rows)

    def measure(self, totals: Mapping[Key, float] | None = None) -> dict[str, float]:
        """Return the population stability index of each column; nothing before the first row.

        `totals` are the numbers to go by, else those of this process.
        """
        held = self.counts.add_up()[0] if totals is None else totals
        found = {column.name: column.measure(held) for column in self._columns}
        return {name: index for name, index in found.items() if index is not None}


class _Column:
    """One column: its bins, the shares that training had in them, and where is counted what fell into them.

    The last bin is that of missing values.
    """

    def __init__(self, given: dict[str, Any], counts: Counts) -> None:
        self.name: str = given["name"]
        self.edges: list[float] | None = given.get("edges")
        self.labels = {label: number for number, label in enumerate(given.get("labels", ()))}
        self.expected: list[float] = given["expected"]
        self._counts = counts
        self._keys = [("drift", self.name, str(number)) for number in range(len(self.expected))]
        self._places = [counts.place(*key) for key in self._keys]

    def count(self, rows: list[dict[str, Any]]) -> None:
        """Count what the rows hold, where they hold the column."""
        name, values, places, edges = self.name, self._counts.values, self._places, self.edges
        for row in rows:
            value = row.get(name, _ABSENT)
            if type(value) is float and edges is not None:
                values[places[bisect.bisect_left(edges, value)]] += 1
            elif value is not _ABSENT:
                values[places[self._find_bin(value)]] += 1

    def _find_bin(self, value: Any) -> int:
        if value is None:
            return len(self.expected) - 1
        if self.edges is not None:
            return bisect.bisect_left(self.edges, _read_number(value))
        return self.labels.get(str(value), len(self.labels))

    def measure(self, totals: Mapping[Key, float]) -> float | None:
        """Return the index: the sum over bins of (now - then) * ln(now / then); None of nothing."""
        counted = [totals.get(key, 0.0) for key in self._keys]
        sent = sum(counted)
        if not sent:
            return None
        found = 0.0
        for times, then in zip(counted, self.expected, strict=True):
            now = max(times / sent, _LEAST)
            before = max(then, _LEAST)
            found += (now - before) * math.log(now / before)
        return round(found, 6)


def _read_number(value: Any) -> float:
    if isinstance(value, str):
        moment = datetime.datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    return float(value)


def load_reference(folder: Path) -> list[dict[str, Any]]:
    """Read the bins of the columns in `folder`; none where the package has no reference."""
    if not (folder / FILE).exists():
        return []
    columns: list[dict[str, Any]] = json.loads(read_checked(folder, FILE))["columns"]
    return columns
