"""The schema: what a caller may send, checked field by field and turned into the notebook's raw rows."""

from __future__ import annotations

import datetime
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["FILE", "Field", "Problem", "Schema", "load_schema", "parse_schema"]

FILE = "signature.json"
_SHOWN_VALUES = 12
_TIME = re.compile(
    r"\d{4}-?\d\d-?\d\d"
    r"([T ]\d\d(:?\d\d(:?\d\d(\.(?P<fraction>\d{1,9}))?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?",
    re.ASCII,
)
_NANOSECOND_YEARS = range(1678, 2262)
_DIGITS = {"ms": 3, "us": 6, "ns": 9}


@dataclass(frozen=True)
class Field:
    """A raw column: `placeholder` stands in where a column that no answer depends on is not sent."""

    name: str
    dtype: str
    kind: str
    required: bool
    nullable: bool
    values: tuple[str, ...] = ()
    placeholder: Any = None


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of one row (counted from 0)."""

    row: int
    field: str | None
    problem: str


@dataclass(frozen=True)
class Schema:
    """The raw columns in the order in which the notebook read them."""

    fields: tuple[Field, ...]

    def check_rows(self, rows: list[Any], most: int | None = None) -> list[Problem]:
        """Return everything that is wrong with `rows`; nothing where they can be answered.

        After the row with which `most` problems are found, no other is looked at.
        """
        found: list[Problem] = []
        known = {field.name for field in self.fields}
        for number, row in enumerate(rows):
            if most is not None and len(found) >= most:
                found.append(Problem(number, None, "this row and those behind it were not looked at"))
                break
            if not isinstance(row, dict):
                which = f", and no list of {len(row)} values" if isinstance(row, list) else ""
                found.append(Problem(number, None, "a row is an object: {column: value}" + which))
                continue
            found += [
                Problem(number, str(name), "the training data has no such column")
                for name in row
                if name not in known
            ]
            for field in self.fields:
                problem = _check_field(field, row)
                if problem is not None:
                    found.append(Problem(number, field.name, problem))
        return found

    def build_rows(self, rows: list[dict[str, Any]]) -> pd.DataFrame:
        """Return checked rows as a frame with the columns and dtypes that the notebook read."""
        columns = {
            field.name: _build_column(field, [row.get(field.name, field.placeholder) for row in rows])
            for field in self.fields
        }
        return pd.DataFrame(columns, columns=[field.name for field in self.fields])

    def cast_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame read from a file with the columns and dtypes that the notebook read."""
        made = {}
        for field in self.fields:
            if field.name not in frame:
                if field.required:
                    raise ValueError(f"the column '{field.name}' is missing")
                made[field.name] = _build_column(field, [field.placeholder] * len(frame))
            elif str(frame[field.name].dtype) == field.dtype:
                made[field.name] = frame[field.name].reset_index(drop=True)
            else:
                dtype: Any = field.dtype
                try:
                    made[field.name] = frame[field.name].reset_index(drop=True).astype(dtype)
                except (TypeError, ValueError) as error:
                    raise ValueError(f"the column '{field.name}' is no {field.dtype}: {error}") from error
        return pd.DataFrame(made)


def load_schema(folder: Path) -> Schema:
    """Read the schema from the signature in `folder`."""
    return parse_schema(json.loads((folder / FILE).read_text(encoding="utf-8")))


def parse_schema(signature: dict[str, Any]) -> Schema:
    """Read the schema from a signature."""
    return Schema(
        tuple(
            Field(
                name=item["name"],
                dtype=item["dtype"],
                kind=item["kind"],
                required=item["required"],
                nullable=item["nullable"],
                values=tuple(item.get("values", ())),
                placeholder=item.get("placeholder"),
            )
            for item in signature["inputs"]
        )
    )


def _check_field(field: Field, row: dict[str, Any]) -> str | None:
    if field.name not in row:
        return "missing" if field.required else None
    value = row[field.name]
    if value is None:
        if field.nullable or not field.required:
            return None
        return "null, but it was never missing in the training data"
    problem = _check_type(field, value)
    if problem is None and field.values and value not in field.values:
        shown = ", ".join(field.values[:_SHOWN_VALUES])
        more = ", ..." if len(field.values) > _SHOWN_VALUES else ""
        return f"this is a category that the training data does not have: {shown}{more}"
    return problem


def _check_type(field: Field, value: Any) -> str | None:
    dtype = field.dtype
    if dtype.startswith(("int", "uint")):
        return _check_integer(dtype, value)
    if dtype.startswith("float"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{_tell_kind(value)} is no number"
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        return None if finite else "this is no finite number"
    if dtype == "bool":
        return None if isinstance(value, bool) else f"{_tell_kind(value)} is neither true nor false"
    if dtype.startswith("datetime"):
        return _check_time(dtype, value)
    return None if isinstance(value, str) else f"{_tell_kind(value)} is no text"


def _tell_kind(value: Any) -> str:
    """Return what kind of value was sent: the value itself may be somebody's, and belongs in no message."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    kinds = {
        str: "a text",
        int: "an integer",
        float: "a number with a point",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "this")


def _check_integer(dtype: str, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"{_tell_kind(value)} is no integer"
    bounds = np.iinfo(dtype)
    return None if bounds.min <= value <= bounds.max else f"this is out of the range of {dtype}"


def _check_time(dtype: str, value: Any) -> str | None:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    try:
        moment = datetime.datetime.fromisoformat(value) if found else None
    except ValueError:
        moment = None
    if found is None or moment is None:
        return f"{_tell_kind(value)} is no time in ISO 8601"
    zoned = "," in dtype
    if (moment.tzinfo is not None) != zoned:
        return "this time has no offset from UTC" if zoned else "this time has an offset from UTC"
    unit = dtype.partition("[")[2][:2]
    fraction = found["fraction"] or ""
    if (unit == "ns" or len(fraction) > 6) and moment.year not in _NANOSECOND_YEARS:
        return f"this is out of the range of {dtype}"
    if len(fraction.rstrip("0")) > _DIGITS.get(unit, 0):
        return f"this time is finer than {dtype}"
    return None


def _read_times(values: list[Any], dtype: Any) -> pd.Series[Any]:
    given: pd.Series[Any] = pd.Series(values, dtype="object")
    return pd.to_datetime(given, format="ISO8601", utc="," in dtype).astype(dtype)


def _build_column(field: Field, values: list[Any]) -> pd.Series[Any]:
    dtype: Any = field.dtype
    if field.dtype.startswith("datetime"):
        return _read_times(values, dtype)
    if field.dtype.startswith("float"):
        return _make_series([math.nan if v is None else float(v) for v in values], dtype)
    if field.dtype in ("str", "object"):
        return _make_series([math.nan if v is None else v for v in values], dtype)
    # A column that is never needed may stand for missing where its dtype has no missing value.
    filled = [field.placeholder if v is None else v for v in values]
    return _make_series(filled, dtype)


def _make_series(values: list[Any], dtype: Any) -> pd.Series[Any]:
    made: pd.Series[Any] = pd.Series(values, dtype=dtype)
    return made
