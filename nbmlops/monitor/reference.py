"""References: the bins of a profile as a service counts in them, with nobody's value in it."""

from __future__ import annotations

from typing import Any

from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.monitor.binning import find_edges, is_number

__all__ = ["make_reference"]

_OFTEN = 10


def make_reference(profile: Profile) -> dict[str, Any]:
    """Return ``columns``: of each the `edges` or `labels` of its bins, and the `expected` shares.

    The last share is that of missing values; of labels, the one before it that of all others. An edge
    that fewer than ten rows have is rounded to three digits: it would be somebody's.
    """
    found = [_describe_column(column) for column in profile.columns if column.count]
    return {"rows": profile.rows, "columns": [column for column in found if column is not None]}


def _describe_column(column: ColumnProfile) -> dict[str, Any] | None:
    present = column.count / (column.count + column.missing)
    if is_number(column):
        edges, shares = find_edges(column)
        common = {float(text) for text, times in column.top if times >= _OFTEN}
        kept = [edge if edge in common else float(f"{edge:.3g}") for edge in edges]
        if kept != sorted(set(kept)):
            return None
        return {
            "name": column.name,
            "edges": kept,
            "expected": [*(share * present for share in shares), 1 - present],
        }
    named = {value: times / column.count for value, times in column.top if times >= _OFTEN}
    if not named:
        return None
    rest = max(0.0, 1 - sum(named.values()))
    shares = [share * present for share in (*named.values(), rest)]
    return {"name": column.name, "labels": list(named), "expected": [*shares, 1 - present]}
