"""Profile: a table in numbers, its fields, and the digests of its rows."""

from __future__ import annotations

import dataclasses
import math
import sys
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

from nbmlops.core.pipeline import Reader
from nbmlops.core.value import ColumnKind, ColumnProfile, Profile, SignatureField
from nbmlops.errors import DataError

if TYPE_CHECKING:
    import pandas

__all__ = [
    "digest_rows",
    "frame_shape",
    "lacks_header",
    "make_fields",
    "profile_frame",
    "read_frame",
    "read_table",
    "sketch_frame",
]

_FEW = 100
_SEEN = 10
_SHOWN = 50
_SKETCHED = 50_000
_WIDEST = 200


def frame_shape(value: Any) -> tuple[int, int | None] | None:
    """Return the rows and columns of a frame, series, array or sparse matrix, and None for anything else."""
    is_frame = hasattr(type(value), "dtypes")  # asked of a frame itself, it would be made anew
    shape = getattr(value, "shape", None) if is_frame or hasattr(value, "dtype") else None
    if not isinstance(shape, tuple) or not shape or not all(isinstance(n, int) for n in shape):
        return None
    return (shape[0], shape[1] if len(shape) > 1 else None)


def profile_frame(frame: pandas.DataFrame) -> Profile:
    """Describe a frame column by column; values are named only where at least 10 rows have them."""
    columns = tuple(_profile_column(str(name), column) for name, column in frame.items())
    return Profile(rows=len(frame), columns=columns)


def sketch_frame(value: Any) -> Profile | None:
    """Describe a frame of any size in the same time, by rows that are evenly spread; None for others."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(value, pandas.DataFrame) or not value.shape[1]:
        return None
    step = max(1, -(-len(value) // _SKETCHED))
    found = profile_frame(value.iloc[::step, :_WIDEST])
    return dataclasses.replace(found, of=len(value) if step > 1 else None)


def make_fields(
    frame: pandas.DataFrame, required: Collection[str] | None = None
) -> tuple[SignatureField, ...]:
    """Return one field a column: those in `required` (all, when it is None) must be sent."""
    return tuple(
        _make_field(str(name), column, required is None or str(name) in required)
        for name, column in frame.items()
    )


def digest_rows(frame: pandas.DataFrame) -> list[str]:
    """Return 16 hexadecimal characters a row: of its values alone, not its index or column order."""
    import numpy

    if frame.shape[1] == 0:
        return [xxhash.xxh3_64_hexdigest(b"")] * len(frame)
    order = sorted(range(frame.shape[1]), key=lambda at: str(frame.columns[at]))
    total = numpy.zeros(len(frame), dtype=numpy.uint64)
    for at in order:
        seed = numpy.uint64(xxhash.xxh3_64_intdigest(str(frame.columns[at]).encode()))
        total = _mix_bits(total * numpy.uint64(0x9E3779B97F4A7C15) + (_hash_column(frame.iloc[:, at]) ^ seed))
    return [f"{number:016x}" for number in total.tolist()]


def read_frame(path: str | Path, reader: Reader) -> pandas.DataFrame:
    """Read a file as a pipeline does, an index of its own becoming columns; raise DataError where it cannot.

    No message shows what the file holds.
    """
    import pandas

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = getattr(pandas, reader.function)(path, **reader.options)
    except (OSError, ValueError, TypeError, KeyError, ImportError, pandas.errors.ParserError) as error:
        raise DataError(
            f"The file '{path}' cannot be read as the notebook reads it, by 'pandas.{reader.function}': "
            f"{_word_refusal(error)}.",
            "Give a file of the same form.",
        ) from error
    if not isinstance(frame, pandas.DataFrame):
        if hasattr(frame, "close"):
            frame.close()
        raise DataError(
            f"The file '{path}' is read in pieces, and not as one table.", "Read it at once in the notebook."
        )
    return frame if isinstance(frame.index, pandas.RangeIndex) else frame.reset_index()


def lacks_header(frame: pandas.DataFrame) -> bool:
    """Say whether a column's name may be somebody's value: a number over numbers, or one of its texts."""
    return any(_is_among(name, column) for name, column in frame.items() if isinstance(name, str))


def _is_among(name: str, column: pandas.Series[Any]) -> bool:
    if _find_kind(column) in ("number", "integer"):
        try:
            return math.isfinite(float(name))
        except ValueError:
            return False
    return bool((column.astype(str) == name).any())


def _word_refusal(error: Exception) -> str:
    """Say why a file could not be read, without a word of what it holds."""
    import pandas

    if isinstance(error, pandas.errors.EmptyDataError):
        return "it is empty"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not text in '{error.encoding}'"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def read_table(path: str | Path) -> pandas.DataFrame:
    """Read a CSV (also compressed), parquet or JSON lines file by its suffix."""
    import pandas

    path = Path(path)
    endings = "".join(path.suffixes[-2:]).lower()
    try:
        if endings.endswith((".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zip", ".csv.zst")):
            return pandas.read_csv(path)
        if endings.endswith((".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")):
            return pandas.read_json(path, lines=True)
        if endings.endswith((".parquet", ".pq")):
            return pandas.read_parquet(path)
    except FileNotFoundError as error:
        raise DataError(
            f"The file '{path}' is not there.", "Check its name and give the path again."
        ) from error
    except ImportError as error:
        raise DataError(
            f"The file '{path}' cannot be read: {error}", "Install it, or write the table as CSV."
        ) from error
    except (OSError, ValueError, UnicodeError) as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(
            f"The file '{path}' cannot be read as a table: {said}.", "Write it as CSV with a header."
        ) from error
    raise DataError(
        f"The file '{path}' is of no kind that is known here.",
        "Give a .csv, .csv.gz, .jsonl or .parquet file.",
    )


def _find_kind(column: pandas.Series[Any]) -> ColumnKind:
    import pandas

    types = pandas.api.types
    if types.is_bool_dtype(column.dtype):
        return "boolean"
    if types.is_integer_dtype(column.dtype):
        return "integer"
    if types.is_numeric_dtype(column.dtype):
        return "number" if not types.is_complex_dtype(column.dtype) else "other"
    if types.is_datetime64_any_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        return "time"
    if isinstance(column.dtype, pandas.CategoricalDtype):
        return "category"
    inferred = types.infer_dtype(column, skipna=True)
    if inferred == "boolean":
        return "boolean"
    if inferred not in ("string", "empty"):
        return "other"
    return "category" if column.nunique() <= _FEW else "text"


def _profile_column(name: str, column: pandas.Series[Any]) -> ColumnProfile:
    import numpy
    import pandas

    kind, present = _find_kind(column), column.dropna()
    numbers = _read_numbers(present, kind)
    mean, deviation = _find_spread(numbers)
    named = kind in ("category", "boolean", "integer")
    counts = present.astype(str).value_counts() if named else pandas.Series(dtype="int64")
    ranked = sorted(
        ((str(v), int(n)) for v, n in counts.items() if n >= _SEEN), key=lambda item: (-item[1], item[0])
    )
    return ColumnProfile(
        name=name,
        dtype=str(column.dtype),
        kind=kind,
        count=len(present),
        missing=len(column) - len(present),
        distinct=_count_distinct(present),
        quantiles=tuple(float(q) for q in numpy.quantile(numbers, numpy.linspace(0, 1, 21)))
        if len(numbers)
        else (),
        mean=mean,
        deviation=deviation,
        top=tuple(ranked[:_SHOWN]) if kind != "integer" or len(counts) <= _FEW else (),
        infinite=len(present) - len(numbers) if kind == "number" else 0,
    )


def _find_spread(numbers: Any) -> tuple[float | None, float | None]:
    """Return mean and standard deviation; None for what there is none of, or is too large for a number."""
    import numpy

    with numpy.errstate(over="ignore", invalid="ignore"):
        mean = float(numbers.mean()) if len(numbers) else math.nan
        deviation = float(numbers.std(ddof=1)) if len(numbers) > 1 else math.nan
    return (mean if math.isfinite(mean) else None), (deviation if math.isfinite(deviation) else None)


def _read_numbers(present: Any, kind: ColumnKind) -> Any:
    """Return the finite numbers of a column, times as seconds since 1970."""
    import numpy
    import pandas

    if kind == "time":
        unit = (
            "datetime64[ns]"
            if not pandas.api.types.is_timedelta64_dtype(present.dtype)
            else "timedelta64[ns]"
        )
        bare = present.dt.tz_convert(None) if getattr(present.dtype, "tz", None) else present
        return bare.astype(unit).astype("int64").to_numpy() / 1e9
    if kind not in ("number", "integer"):
        return numpy.empty(0)
    numbers = present.to_numpy(dtype="float64")
    return numbers[numpy.isfinite(numbers)]


def _count_distinct(present: pandas.Series[Any]) -> int:
    try:
        return int(present.nunique())
    except TypeError:
        return len({repr(value) for value in present})


def _make_field(name: str, column: pandas.Series[Any], required: bool) -> SignatureField:
    import pandas

    kind = _find_kind(column)
    values: tuple[str, ...] = ()
    if kind == "category":
        known = (
            column.cat.categories
            if isinstance(column.dtype, pandas.CategoricalDtype)
            else column.dropna().unique()
        )
        values = tuple(sorted(str(value) for value in known))
        kind, values = (kind, values) if len(values) <= _FEW else ("text", ())
    return SignatureField(name, str(column.dtype), kind, required, bool(column.isna().any()), values)


def _hash_column(column: pandas.Series[Any]) -> Any:
    """Return 64 bits a value, equal for equal values whatever the width of their dtype is."""
    import numpy
    import pandas

    kind = _find_kind(column)
    if kind in ("number", "integer", "boolean"):
        numbers = column.to_numpy(dtype="float64", na_value=math.nan) + 0.0
        numbers[numpy.isnan(numbers)] = math.nan
        bits = numbers.view(numpy.uint64)
        if kind == "integer" and not column.isna().any():
            whole = (
                column.to_numpy(dtype="object")
                if column.dtype == "uint64"
                else column.to_numpy(dtype="int64")
            )
            bits = bits ^ _rest_bits(whole, numbers)
        return _mix_bits(bits)
    codes, values = pandas.factorize(column.astype(object), use_na_sentinel=True)
    digests = [xxhash.xxh3_64_intdigest(_write_value(value)) for value in values]
    table = numpy.array([*digests, xxhash.xxh3_64_intdigest(b"missing")], dtype=numpy.uint64)
    return table[codes]


def _rest_bits(whole: Any, numbers: Any) -> Any:
    """Return what integers beyond 2**53 lose as floats; zeros for all others."""
    import numpy

    rest = numpy.zeros(len(whole), dtype=numpy.uint64)
    for at in numpy.flatnonzero(numpy.abs(numbers) > 2.0**53):
        rest[at] = (int(whole[at]) - int(numbers[at])) & 0xFFFFFFFF
    return rest


def _write_value(value: Any) -> bytes:
    text = (
        value.isoformat() if hasattr(value, "isoformat") else value if isinstance(value, str) else repr(value)
    )
    return f"{type(value).__name__}:{text}".encode("utf-8", "surrogatepass")


def _mix_bits(numbers: Any) -> Any:
    """Spread each bit of 64 over all of them (splitmix64)."""
    import numpy

    numbers = (numbers ^ (numbers >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> numpy.uint64(31))
