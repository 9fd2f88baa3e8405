"""Layout: the columns of a frame as they lie in its saved bytes, found while it is saved and read again."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbmlops.core.table import StoredColumn, TableLayout
from nbmlops.values.pickling import Pickled, pickle_plain

if TYPE_CHECKING:
    import pandas

__all__ = ["ScatteredError", "describe_layout", "outline_frame", "read_layout", "tell_apart"]

_INDEX = "(index)"
_MOST = 2000


class ScatteredError(Exception):
    """A column does not lie in the pickle as it lies in memory: a copy of the table would."""


def describe_layout(value: Any, pickled: Pickled) -> TableLayout | None:
    """Return where the columns of a frame, series or array lie in its pickle; None for anything else.

    Raises ScatteredError where a part of it was picked out of something larger.
    """
    try:
        return _describe(value, pickled)
    except ScatteredError:
        raise
    except Exception:  # noqa: BLE001 - a table that cannot be looked into is saved all the same
        return None


def _describe(value: Any, pickled: Pickled) -> TableLayout | None:
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    if library == "pandas" and kind.__name__ in ("DataFrame", "Series"):
        return _describe_frame(value, pickled)
    if (
        library == "numpy"
        and kind.__name__ == "ndarray"
        and value.ndim in (1, 2)
        and value.dtype.kind in "biuf"
    ):
        columns = value.reshape(len(value), -1).T[:_MOST] if value.size else ()
        found = (_describe_numbers(str(at), column, pickled) for at, column in enumerate(columns))
        return TableLayout(len(value), tuple(found))
    return None


def _describe_frame(value: Any, pickled: Pickled) -> TableLayout | None:
    import pandas

    columns: Sequence[tuple[str, Any]]
    if isinstance(value, pandas.DataFrame):
        columns = [(_spell(name), value.iloc[:, at].array) for at, name in enumerate(value.columns[:_MOST])]
    else:
        columns = [(_spell(value.name), value.array)]
    labelled = not isinstance(value.index, pandas.RangeIndex)
    if labelled:
        levels = isinstance(value.index, pandas.MultiIndex)
        columns = [(_INDEX, value.index if levels else value.index.array), *columns]
    found = tuple(_describe_column(name, array, pickled) for name, array in columns)
    return TableLayout(len(value), found, index=labelled)


def _spell(name: Any) -> str:
    return name if isinstance(name, str) else repr(name)


def _describe_column(name: str, array: Any, pickled: Pickled) -> StoredColumn:
    found = _find_column(name, array, pickled)
    if found is not None:
        return found
    return StoredColumn(name, str(array.dtype), "hidden", digest=pickle_plain(array).pieces.digest)


def _find_column(name: str, array: Any, pickled: Pickled) -> StoredColumn | None:
    import numpy
    import pandas

    dtype = str(array.dtype)
    if isinstance(array, pandas.Categorical):
        known = tuple(str(one) for one in array.categories)
        return _describe_numbers(name, array.codes, pickled, dtype, form="codes", categories=known)
    if hasattr(array, "_mask") and hasattr(array, "_data"):
        return _describe_masked(name, array, pickled, dtype)
    if hasattr(array, "asi8"):
        return _describe_numbers(name, array.asi8, pickled, dtype, unit=dtype)
    arrow = getattr(array, "_pa_array", None)
    if arrow is not None:
        return _describe_strings(name, arrow, pickled, dtype)
    cells = getattr(array, "_ndarray", None)
    if not isinstance(cells, numpy.ndarray):
        return None
    if cells.dtype.kind == "O":
        return _describe_texts(name, cells, pickled, dtype)
    return _describe_numbers(name, cells, pickled, dtype) if cells.dtype.kind in "biuf" else None


def _describe_masked(name: str, array: Any, pickled: Pickled, dtype: str) -> StoredColumn:
    place = pickled.find_cells(array._mask)
    if place is None:
        raise ScatteredError(name)
    return _describe_numbers(name, array._data, pickled, dtype, mask=place[0], mask_step=place[1])


def _describe_texts(name: str, cells: Any, pickled: Pickled, dtype: str) -> StoredColumn | None:
    place = pickled.find_text(cells) if len(cells) else None
    if place is None:
        return None
    start, length, first = place
    return StoredColumn(name, dtype, "texts", start=start, step=first, length=length)


def _describe_strings(name: str, arrow: Any, pickled: Pickled, dtype: str) -> StoredColumn | None:
    """Describe strings as Arrow holds them: flags, ends, and the bytes of all one behind the other."""
    width = {"string": 4, "large_string": 8}.get(str(arrow.type))
    if width is None:
        return None
    stretches = []
    # pandas joins the chunks when it is pickled, so that what is written is a copy.
    joined = arrow.combine_chunks() if arrow.num_chunks > 1 else arrow
    for chunk in getattr(joined, "chunks", [joined]):
        if not len(chunk):
            continue
        places = [
            -1 if buffer is None or not buffer.size else pickled.find_equal(memoryview(buffer).cast("B"))
            for buffer in chunk.buffers()
        ]
        if None in places:
            return None
        stretches.append((len(chunk), chunk.offset, *places, width))
    return StoredColumn(name, dtype, "strings", stretches=tuple(stretches))


def _read_strings(content: bytes, column: StoredColumn) -> list[str | None]:
    import numpy

    texts: list[str | None] = []
    for rows, first, flags, ends, start, width in column.stretches:
        places = numpy.frombuffer(content, f"<i{width}", rows + 1, ends + first * width).tolist()
        data = content[start : start + places[-1]] if start >= 0 else b""
        found: list[str | None] = [data[a:b].decode() for a, b in itertools.pairwise(places)]
        if flags >= 0:
            octets = numpy.frombuffer(content, "u1", (first + rows + 7) // 8, flags)
            for at in numpy.flatnonzero(
                numpy.unpackbits(octets, bitorder="little")[first : first + rows] == 0
            ):
                found[at] = None
        texts += found
    return texts


def _describe_numbers(
    name: str, cells: Any, pickled: Pickled, dtype: str | None = None, **settings: Any
) -> StoredColumn:
    place = pickled.find_cells(cells)
    if place is None and len(cells):
        raise ScatteredError(name)
    start, step = place or (0, cells.itemsize)
    kind = settings.pop("form", "numbers")
    return StoredColumn(
        name, dtype or str(cells.dtype), kind, cells.dtype.str, start, step, len(cells), **settings
    )


def read_layout(content: bytes, layout: TableLayout) -> pandas.DataFrame:
    """Return the columns of a table that can be read from its saved bytes, without loading the value.

    Columns of equal names are told apart.
    """
    import pandas

    shown = [column for column in layout.columns if column.form != "hidden"]
    texts: dict[int, list[Any]] = {}
    read = {
        name: _read_column(content, column, layout.rows, texts)
        for name, column in zip(tell_apart([column.name for column in shown]), shown, strict=True)
    }
    return pandas.DataFrame(read, index=range(layout.rows))


def outline_frame(frame: pandas.DataFrame) -> TableLayout:
    """Return the names and types of a table that has been read already."""
    columns = tuple(StoredColumn(str(name), str(frame[name].dtype), "numbers") for name in frame.columns)
    return TableLayout(len(frame), columns)


def _read_column(content: bytes, column: StoredColumn, rows: int, texts: dict[int, list[Any]]) -> Any:
    import numpy
    import pandas

    if column.form == "texts":
        if column.start not in texts:
            texts[column.start] = json.loads(content[column.start : column.start + column.length])
        cells = numpy.array(texts[column.start][column.step : column.step + rows], dtype=object)
        return pandas.Series(cells, dtype=object)
    if column.form == "strings":
        return pandas.Series(_read_strings(content, column), dtype=object)
    cells = numpy.ndarray((column.length,), column.cells, content, column.start, (column.step,))
    if column.form == "codes":
        names: Any = tell_apart(column.categories)
        return pandas.Categorical.from_codes(cells, names)
    kind: Any = pandas.api.types.pandas_dtype(column.dtype)
    if column.unit is not None:
        return _read_times(cells, kind)
    if column.mask is None:
        return cells
    missing = numpy.ndarray((column.length,), "?", content, column.mask, (column.mask_step,))
    return kind.construct_array_type()(cells.copy(), missing.copy())


def _read_times(cells: Any, kind: Any) -> Any:
    import pandas

    if isinstance(kind, pandas.PeriodDtype):
        return pandas.arrays.PeriodArray(cells.copy(), dtype=kind)
    if isinstance(kind, pandas.DatetimeTZDtype):
        times = pandas.Series(cells.view(f"M8[{kind.unit}]"))
        return times.dt.tz_localize("UTC").dt.tz_convert(kind.tz)
    return cells.view(kind)


def tell_apart(names: Sequence[str]) -> list[str]:
    """Return names of which no two are the same; categories that are spelled alike may be of two types."""
    told: list[str] = []
    for name in names:
        again = next(count for count in itertools.count() if name + "'" * count not in told)
        told.append(name + "'" * again)
    return told
