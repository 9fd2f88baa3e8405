"""The schema of an export tells nobody's value, however small the table is."""

from __future__ import annotations

from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.pipeline.companions import shape_schema


def make_column(count: int) -> ColumnProfile:
    quantiles = tuple(float(number) for number in range(21))
    return ColumnProfile("x", "float64", "number", count, 0, 9, quantiles, 10.0, 6.2, (("a", 10), ("b", 9)))


def test_small_columns_have_no_figures() -> None:
    columns = (make_column(99), make_column(100))
    small, large = shape_schema(Profile(100, columns))["columns"]  # type: ignore[misc]
    assert (small["quantiles"], small["mean"], small["deviation"]) == ([], None, None)
    assert (len(large["quantiles"]), large["mean"], large["deviation"]) == (19, 10.0, 6.2)
    assert small["top"] == large["top"] == [["a", 10]]
