"""Closeness: whether answers are the notebook's, bit for bit or as close as the manifest says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

__all__ = ["Gap", "allows_gap", "measure_gap"]


@dataclass(slots=True)
class Gap:
    """How far answers are from wanted ones: the largest difference of numbers, and labels that differ."""

    difference: float = 0.0
    flips: int = 0
    count: int = 0

    def add(self, got: Any, wanted: Any, is_label: bool) -> None:
        """Count one answer: a label, or a number, or several of them."""
        self.count += 1
        if is_label:
            self.flips += got != wanted
            return
        self.add_numbers(got, wanted)

    def add_numbers(self, got: Any, wanted: Any) -> None:
        """Take the difference of numbers into account: without end where only one of them is missing."""
        if isinstance(wanted, list | tuple):
            if not isinstance(got, list | tuple) or len(got) != len(wanted):
                self.difference = math.inf
                return
            for one, other in zip(got, wanted, strict=True):
                self.add_numbers(one, other)
            return
        if got is None or wanted is None:
            found = 0.0 if got is wanted else math.inf
        elif got == wanted or (math.isnan(got) and math.isnan(wanted)):
            found = 0.0
        else:
            found = abs(got - wanted)
        # A number that is none is no small difference.
        self.difference = max(self.difference, math.inf if math.isnan(found) else found)


def measure_gap(pairs: list[tuple[Any, Any]], is_label: bool) -> Gap:
    """Measure answers beside wanted ones; each is a prediction with its shares, or null for these."""
    gap = Gap()
    for (got, shares), (wanted, wanted_shares) in pairs:
        gap.add(got, wanted, is_label)
        gap.add_numbers(shares, wanted_shares)
    return gap


def allows_gap(close: dict[str, Any], pairs: list[tuple[Any, Any]]) -> bool:
    """Say whether answers to made-up rows are as near as `close`, of the manifest, says."""
    gap = measure_gap(pairs, bool(close["labels"]))
    return bool(gap.difference <= close["tolerance"] and gap.flips <= close["made_differing"])
