"""Drift: what was sent to a model beside the data that it was trained on, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbmlops.core.drift import ColumnDrift, DriftReport
from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.errors import MonitorError
from nbmlops.monitor.binning import Binned, bin_column, is_number, read_number
from nbmlops.monitor.reading import Logged
from nbmlops.monitor.stability import LIMIT, explain_chance, measure_shift

__all__ = ["LEAST_ROWS", "find_drift"]

LEAST_ROWS = 100
"""Below, the index says nothing about a column of ten bins."""

_RISK = 0.001
_TOLD_MISSING = 0.01


def find_drift(
    model: str, version: int, reference: Profile, logged: Logged, answers: ColumnProfile | None = None
) -> DriftReport:
    """Compare what was sent with the reference, column by column, and name what has drifted.

    A column has drifted when its population stability index exceeds 0.2 and exceeds what rows drawn
    from the reference itself would show; all columns together err once in a thousand reports.

    Parameters
    ----------
    answers
        What the model predicts for the reference itself, where that is known.

    Raises
    ------
    MonitorError
        If too few rows were logged to say anything.
    """
    if len(logged.rows) < LEAST_ROWS:
        lacking = LEAST_ROWS - len(logged.rows)
        raise MonitorError(
            f"Only {len(logged.rows)} predictions of '{model}' version {version} were logged, "
            f"which is too few to tell drift from chance.",
            f"Monitor again when {lacking} more rows have been answered.",
        )
    sent = {name: _take_column(logged.rows, name) for name in _name_columns(logged.rows)}
    shared = [profile for profile in reference.columns if profile.name in sent]
    risk = _RISK / (len(shared) + 1)
    columns = tuple(_compare_column(profile, sent[profile.name], risk) for profile in shared)
    prediction = _compare_column(answers, logged.predictions, risk) if answers else None
    rows, since, until = len(logged.rows), logged.since, logged.until
    return DriftReport(model, version, rows, since, until, columns, prediction, logged.unread)


def _name_columns(rows: Sequence[dict[str, Any]]) -> dict[str, None]:
    return dict.fromkeys(name for row in rows for name in row)


def _take_column(rows: Sequence[dict[str, Any]], name: str) -> list[Any]:
    """Return what was sent in a column; rows that do not have it tell nothing about it."""
    return [row[name] for row in rows if name in row]


def _compare_column(profile: ColumnProfile, sent: Sequence[Any], risk: float) -> ColumnDrift:
    if len(sent) < LEAST_ROWS:
        return ColumnDrift(profile.name, 0.0, LIMIT, False, f"sent in only {len(sent)} rows")
    known = [value for value in sent if value is not None]
    missing = len(sent) - len(known)
    binned = bin_column(profile, known)
    before = profile.missing / max(1, profile.count + profile.missing)
    # Rows that the notebook's cleaning drops are refused by the service: that there are fewer
    # missing values than in the reference says nothing.
    expected, counts, labels = binned.expected, binned.counts, binned.labels
    if missing / len(sent) > before:
        expected = np.append(expected * (1 - before), before)
        counts = np.append(counts, float(missing))
        labels = (*labels, "missing")
    index = float(measure_shift(expected, counts))
    chance = explain_chance(expected, len(sent), profile.count, risk)
    threshold = max(LIMIT, chance)
    drifted = index > threshold
    told = [*_tell_shift(profile, binned, known, drifted), *_tell_missing(before, missing / len(sent))]
    bins = (labels, tuple(map(float, expected)), tuple(map(float, counts)))
    return ColumnDrift(profile.name, index, threshold, drifted, "; ".join(told), *bins)


def _tell_shift(profile: ColumnProfile, binned: Binned, known: Sequence[Any], drifted: bool) -> list[str]:
    told: list[str] = []
    if is_number(profile):
        numbers = [number for number in map(read_number, known) if number is not None]
        if numbers and profile.kind != "time":
            middle = profile.quantiles[len(profile.quantiles) // 2]
            told.append(f"median {float(np.median(numbers)):g}, {middle:g} in training")
    elif drifted and len(binned.labels) > 1:
        shares = binned.counts / max(1.0, binned.counts.sum())
        most = int(np.argmax(np.abs(shares - binned.expected)))
        told.append(f"'{binned.labels[most]}' {shares[most]:.1%}, {binned.expected[most]:.1%} in training")
    for word, values in (("new", binned.new), ("rare or absent in training", binned.rare)):
        if values:
            shown = ", ".join(f"'{value}' ({times} times)" for value, times in values[:3])
            told.append(f"{word}: {shown}" + (f" and {len(values) - 3} more" if len(values) > 3 else ""))
    return told


def _tell_missing(before: float, now: float) -> list[str]:
    if now < before + _TOLD_MISSING:
        return []
    return [f"missing {now:.1%}, {before:.1%} in training"]
