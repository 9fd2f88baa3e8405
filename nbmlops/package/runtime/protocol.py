"""The scoring protocol of MLflow, which SageMaker speaks too: other spellings of the same rows."""

from __future__ import annotations

import csv
import io
from typing import Any

from .request import BadRequestError, read_json
from .schema import Schema

__all__ = ["read_cell", "read_invocation"]

_KEYS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_TRUTH = {"true": True, "false": False}


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
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRequestError(f"the body is no CSV in UTF-8: {type(error).__name__}") from error
    if not lines:
        raise BadRequestError("the CSV is empty; its first line names the columns")
    columns = lines[0]
    _require_once(columns)
    dtypes = {field.name: field.dtype for field in schema.fields}
    _require_known(columns, schema)
    rows: list[Any] = []
    for number, cells in enumerate(line for line in lines[1:] if line):
        if len(cells) != len(columns):
            raise BadRequestError(
                f"row {number} of the CSV does not have the {len(columns)} values of its header"
            )
        rows.append(
            {n: read_cell(dtypes.get(n, "str"), cell) for n, cell in zip(columns, cells, strict=True)}
        )
    return rows


def read_cell(dtype: str, cell: str) -> Any:
    """Return the text of a cell as JSON would hold it: empty is missing; what is no number stays text."""
    if cell == "":
        return None
    if (
        "_" in cell or not cell.isascii() or cell != cell.strip()
    ):  # what int() and float() would be lenient about
        return cell
    try:
        if dtype.startswith(("int", "uint")):
            return int(cell)
        if dtype.startswith("float"):
            return float(cell)
    except ValueError:
        return cell
    return _TRUTH.get(cell.lower(), cell) if dtype == "bool" else cell


def _require_known(columns: list[str], schema: Schema) -> None:
    """Refuse a column that is not there also where no row holds it."""
    known = {field.name for field in schema.fields}
    unknown = next((name for name in columns if name not in known), None)
    if unknown is not None:
        raise BadRequestError(f"the training data has no such column: {unknown!r}")


def _require_once(columns: list[str]) -> None:
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise BadRequestError(f"the column {twice!r} is there twice")
