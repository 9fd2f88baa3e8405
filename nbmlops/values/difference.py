"""Difference: which rows, columns, types and distributions of two tables are not the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbmlops.core.snapshot import ColumnDifference
from nbmlops.core.table import StoredColumn, TableLayout
from nbmlops.values.layout import tell_apart
from nbmlops.values.profile import digest_rows

if TYPE_CHECKING:
    import pandas

__all__ = ["compare_columns", "count_rows"]

_BINS = 12
_SEEN = 10


def count_rows(before: pandas.DataFrame, after: pandas.DataFrame) -> tuple[int, int] | None:
    """Return how many rows were added and removed, by the values that both tables have columns for."""
    from collections import Counter

    shared = [name for name in before.columns if name in after.columns]
    if not shared:
        return None
    old, new = (Counter(digest_rows(frame[shared])) for frame in (before, after))
    return (new - old).total(), (old - new).total()


def compare_columns(
    before: tuple[TableLayout, pandas.DataFrame], after: tuple[TableLayout, pandas.DataFrame]
) -> tuple[ColumnDifference, ...]:
    """Return every column of two tables with what differs in it."""
    (old, old_frame), (new, new_frame) = before, after
    olds, news = _name_columns(old), _name_columns(new)
    found = [
        _compare(name, olds[name], news[name], old_frame.get(name), new_frame.get(name))
        for name in olds
        if name in news
    ]
    gone = [ColumnDifference(n, "removed", dtype_before=olds[n].dtype) for n in olds if n not in news]
    come = [ColumnDifference(n, "added", dtype_after=news[n].dtype) for n in news if n not in olds]
    return (*found, *gone, *come)


def _name_columns(layout: TableLayout) -> Mapping[str, StoredColumn]:
    return dict(zip(tell_apart([c.name for c in layout.columns]), layout.columns, strict=True))


def _compare(name: str, old: StoredColumn, new: StoredColumn, before: Any, after: Any) -> ColumnDifference:
    if before is None or after is None:
        same = old.form == new.form == "hidden" and old.digest == new.digest
        return ColumnDifference(name, "same" if same else "changed", old.dtype, new.dtype)
    cells = _count_cells(before, after) if len(before) == len(after) else None
    same = cells == 0 and old.dtype == new.dtype
    shapes, shift = _compare_shapes(before, after)
    return ColumnDifference(
        name,
        "same" if same else "changed",
        old.dtype,
        new.dtype,
        cells,
        int(before.isna().sum()),
        int(after.isna().sum()),
        _find_mean(before),
        _find_mean(after),
        *shapes,
        shift,
    )


def _count_cells(before: Any, after: Any) -> int:
    """Count the rows in which two columns of one length hold something else, missing values being equal."""
    import numpy

    old, new = (column.astype(object).to_numpy(dtype=object) for column in (before, after))
    missing, missing_after = before.isna().to_numpy(), after.isna().to_numpy()
    differ = missing != missing_after
    both = ~missing & ~missing_after
    if before.dtype == after.dtype and before.dtype.kind in "biufmM":
        differ[both] = before.to_numpy()[both] != after.to_numpy()[both]
    else:
        differ[both] = numpy.fromiter(
            (a != b or type(a) is not type(b) for a, b in zip(old[both], new[both], strict=True)), bool
        )
    return int(differ.sum())


def _find_mean(column: Any) -> float | None:
    numbers = _read_numbers(column)
    return float(numbers.mean()) if numbers is not None and len(numbers) else None


def _read_numbers(column: Any) -> Any:
    """Return the finite numbers of a column, None where it holds none."""
    import numpy
    import pandas

    if not pandas.api.types.is_numeric_dtype(column.dtype) or pandas.api.types.is_complex_dtype(column.dtype):
        return None
    numbers = column.dropna().to_numpy(dtype="float64")
    return numbers[numpy.isfinite(numbers)]


def _compare_shapes(before: Any, after: Any) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], float | None]:
    """Return the counts of two columns in the same bins, and how far their distributions are apart."""
    import numpy

    old, new = _read_numbers(before), _read_numbers(after)
    if old is None or new is None:
        return _compare_labels(before, after)
    if not len(old) or not len(new):
        return ((), ()), None
    low, high = min(old.min(), new.min()), max(old.max(), new.max())
    edges = numpy.linspace(low, high, _BINS + 1) if high > low else numpy.array([low, low + 1])
    counts = [tuple(int(n) for n in numpy.histogram(column, edges)[0]) for column in (old, new)]
    places = numpy.sort(numpy.concatenate([old, new]))
    ranks = [numpy.searchsorted(numpy.sort(c), places, side="right") / len(c) for c in (old, new)]
    return (counts[0], counts[1]), float(numpy.abs(ranks[0] - ranks[1]).max())


def _compare_labels(before: Any, after: Any) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], float | None]:
    """Return the counts of the labels that are seen most, of which none shows that is rare."""
    if not before.notna().any() or not after.notna().any():
        return ((), ()), None
    old, new = (column.dropna().astype(str).value_counts() for column in (before, after))
    both = old.add(new, fill_value=0).sort_values(ascending=False, kind="stable")
    shares = (old / old.sum()).sub(new / new.sum(), fill_value=0)
    shown = [label for label, count in both.items() if count >= _SEEN][:_BINS]
    counts = [tuple(int(n) for n in column.reindex(shown, fill_value=0)) for column in (old, new)]
    return (counts[0], counts[1]), float(shares.abs().sum() / 2)
