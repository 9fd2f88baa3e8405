"""The scoring protocol of MLflow, which SageMaker speaks too: other spellings of the same rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from .request import BadRequestError, find_twice, read_json
from .schema import Field, Schema

__all__ = ["read_invocation", "read_table"]

_KEYS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_TRUTH = {"true": True, "false": False}
# What pandas reads as missing unless it is told otherwise; a category of that name is one.
_MISSING = frozenset(
    (
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
        *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    )
)


def read_invocation(body: bytes, content_type: str, schema: Schema) -> list[Any]:
    """Return the rows of a body of ``/invocations``: ``application/json`` or ``text/csv`` with a header.

    Raises BadRequestError where it holds none.
    """
    kind = content_type.partition(";")[0].strip().lower() or "application/json"
    if kind == "text/csv":
        return _read_csv(body, schema)
    if kind != "application/json":
        raise BadRequestError("the content type is neither application/json nor text/csv")
    content = read_json(body)
    if not isinstance(content, dict):
        raise BadRequestError(f"send an object with one of {', '.join(_KEYS)}")
    found = [key for key in _KEYS if key in content]
    if len(found) != 1:
        raise BadRequestError(f"send exactly one of {', '.join(_KEYS)}")
    others = sorted(set(content) - {found[0]} - ({"params"} if not content.get("params") else set()))
    if others:
        raise BadRequestError(f"the model takes nothing beside {found[0]}: {others[0]!r}")
    if found[0] == "dataframe_split":
        return _read_split(content[found[0]], schema)
    return _read_records(found[0], content[found[0]], schema)


def _read_split(given: Any, schema: Schema) -> list[Any]:
    if not isinstance(given, dict) or not {"columns", "data"} <= set(given) <= {"columns", "data", "index"}:
        raise BadRequestError("dataframe_split holds 'columns' and 'data'")
    columns, data = given["columns"], given["data"]
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise BadRequestError("'columns' of dataframe_split is no list of names")
    _require_once(columns)
    _require_known(columns, schema)
    if not isinstance(given.get("index", []), list):
        raise BadRequestError("'index' of dataframe_split is no list")
    if not isinstance(data, list):
        raise BadRequestError("'data' of dataframe_split is no list of rows")
    for number, values in enumerate(data):
        if not isinstance(values, list) or len(values) != len(columns):
            raise BadRequestError(
                f"row {number} of 'data' does not have the {len(columns)} values of 'columns'"
            )
    return [dict(zip(columns, values, strict=True)) for values in data]


def _read_records(key: str, given: Any, schema: Schema) -> list[Any]:
    if isinstance(given, dict) and key == "inputs":
        _require_known(list(given), schema)
        lists = list(given.values())
        if not lists or not all(isinstance(values, list) for values in lists):
            raise BadRequestError("'inputs' is {column: [values]} or a list of rows")
        if len({len(values) for values in lists}) > 1:
            raise BadRequestError("the columns of 'inputs' are not of one length")
        return [dict(zip(given, values, strict=True)) for values in zip(*lists, strict=True)]
    if not isinstance(given, list):
        raise BadRequestError(f"'{key}' is no list of rows")
    if any(isinstance(row, list) for row in given):
        raise BadRequestError(f"a row of '{key}' has no names: send {{column: value}}, or dataframe_split")
    return given


def _read_csv(body: bytes, schema: Schema) -> list[Any]:
    try:
        lines = io.StringIO(body.decode("utf-8-sig"), newline="")
        columns, rows = read_table(lines, schema)
        _require_known(columns, schema)
        found = list(rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRequestError(f"the body is no CSV in UTF-8: {type(error).__name__}") from error
    uneven = next((number for number, row in enumerate(found) if isinstance(row, list)), None)
    if uneven is not None:
        raise BadRequestError(
            f"row {uneven} of the CSV does not have the {len(columns)} values of its header"
        )
    return found


def read_table(lines: Iterable[str], schema: Schema) -> tuple[list[str], Iterator[Any]]:
    """Return the names in the first line of CSV, and the rows below it.

    A row without as many cells as there are names is a list of them: which is whose nobody knows.
    """
    cells = csv.reader(lines, strict=True)
    columns = next(cells, None)
    if columns is None:
        raise BadRequestError("the CSV is empty; its first line names the columns")
    _require_once(columns)
    by_name = {field.name: field for field in schema.fields}
    fields = [by_name.get(name) for name in columns]
    return columns, (_read_cells(columns, fields, line) for line in cells if line)


def _read_cells(columns: list[str], fields: list[Field | None], line: list[str]) -> Any:
    if len(line) != len(columns):
        return line
    return {name: _read_cell(field, cell) for name, field, cell in zip(columns, fields, line, strict=True)}


def _read_cell(field: Field | None, cell: str) -> Any:
    """Return the text of a cell as JSON would hold it: empty is missing; what is no number stays text."""
    if field is None or cell in _MISSING:
        return None if cell == "" or field is None or cell not in field.values else cell
    if (
        "_" in cell or not cell.isascii() or cell != cell.strip()
    ):  # what int() and float() would be lenient about
        return cell
    try:
        if field.dtype.startswith(("int", "uint")):
            return int(cell)
        if field.dtype.startswith("float"):
            return float(cell)
    except ValueError:
        return cell
    return _TRUTH.get(cell.lower(), cell) if field.dtype == "bool" else cell


def _require_known(columns: list[str], schema: Schema) -> None:
    """Refuse a column that is not there also where no row holds it."""
    known = {field.name for field in schema.fields}
    unknown = next((name for name in columns if name not in known), None)
    if unknown is not None:
        raise BadRequestError(f"the training data has no such column: {unknown!r}")


def _require_once(columns: list[str]) -> None:
    twice = find_twice(columns)
    if twice is not None:
        raise BadRequestError(f"the column {twice!r} is there twice")
