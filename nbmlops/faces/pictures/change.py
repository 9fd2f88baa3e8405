"""Change: how the columns of two tables, or of what a model was asked, are distributed then and now."""

from __future__ import annotations

from collections.abc import Sequence

from nbmlops.core.drift import ColumnDrift, DriftReport
from nbmlops.core.snapshot import ColumnDifference, Difference
from nbmlops.faces.blocks import Picture
from nbmlops.faces.pictures.columns import Pair, draw_pairs

__all__ = ["draw_difference", "draw_drift"]


def draw_difference(found: Difference) -> Picture | None:
    """Draw the columns whose values changed, the most shifted first; None where none can be drawn."""
    changed = [c for c in found.columns if c.change == "changed" and c.shape_before and c.shape_after]
    ordered = sorted(changed, key=lambda column: -(column.shift or 0.0))
    before, after = (f"{s.name}@{s.execution}" for s in (found.before, found.after))
    return draw_pairs(
        [_pair_column(column) for column in ordered],
        before,
        after,
        f"Distributions of {before} and {after}, as shares of their rows",
    )


def _pair_column(column: ColumnDifference) -> Pair:
    remark = "" if column.shift is None else f"shift {column.shift:.2f}"
    return Pair(column.name, _share(column.shape_before), _share(column.shape_after), remark)


def _share(counts: Sequence[float]) -> tuple[float, ...]:
    total = sum(counts)
    return tuple(count / total if total else 0.0 for count in counts)


def draw_drift(report: DriftReport) -> Picture | None:
    """Draw each column of the predictions beside its reference, those that drift first."""
    columns = [*report.columns, *([report.prediction] if report.prediction else [])]
    ordered = sorted(columns, key=lambda column: (not column.drifted, -column.statistic))
    return draw_pairs(
        [_pair_drift(column) for column in ordered],
        "training",
        "asked lately",
        f"What {report.model} {report.version} was trained on and was asked lately, as shares of the rows",
    )


def _pair_drift(column: ColumnDrift) -> Pair:
    remark = f"index {column.statistic:.2f}" + (", drifts" if column.drifted else "")
    return Pair(column.column, column.expected, _share(column.counts), remark, column.labels)
