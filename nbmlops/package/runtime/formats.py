"""Formats: rows out of CSV, JSON lines, Parquet and databases, piece by piece, and answers into files."""

from __future__ import annotations

import bz2
import contextlib
import csv
import datetime
import decimal
import gzip
import importlib
import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from .protocol import read_table
from .request import BadRequestError, find_twice, read_json
from .schema import Schema

__all__ = ["convert_answers", "read_pieces"]

_CSV = (".csv", ".csv.gz", ".csv.zst", ".csv.bz2")
_PARQUET = (".parquet", ".pq")


def read_pieces(source: str, database: str | None, schema: Schema, size: int) -> Iterator[list[Any]]:
    """Yield the rows of a file, or of the query `source` of a database, in lists of `size`."""
    if database is not None:
        return _cut(_read_query(source, database), size)
    if source.endswith(_CSV):
        return _cut(_read_csv(source, schema), size)
    if source.endswith(_PARQUET):
        return _cut(_read_parquet(source, size), size)
    return _cut(_read_lines(source), size)


def _cut(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rows = iter(rows)
    while piece := list(itertools.islice(rows, size)):
        yield piece


def _read_csv(source: str, schema: Schema) -> Iterator[Any]:
    with _open_text(source) as file:
        try:
            yield from read_table(file, schema)[1]
        except (csv.Error, BadRequestError, UnicodeDecodeError) as error:
            raise ValueError(f"'{source}' is no CSV in UTF-8 that can be read: {error}.") from error


def _open_text(source: str) -> TextIO:
    openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open}
    ending = Path(source).suffix
    opener = _import("zstandard", "zstandard").open if ending == ".zst" else openers.get(ending, open)
    file: TextIO = opener(source, "rt", encoding="utf-8-sig", newline="")
    return file


def _read_lines(source: str) -> Iterator[Any]:
    with open(source, "rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield read_json(line)
                except BadRequestError as error:
                    raise ValueError(f"Line {number} of '{source}': {error}.") from error


def _read_parquet(source: str, size: int) -> Iterator[Any]:
    parquet = _import("pyarrow.parquet", "pyarrow")
    with parquet.ParquetFile(source) as file:
        for piece in file.iter_batches(batch_size=size):
            for row in piece.to_pylist():
                yield {name: _plain(value) for name, value in row.items() if name != "__index_level_0__"}


def _read_query(query: str, database: str) -> Iterator[Any]:
    if "://" in database:
        alchemy = _import("sqlalchemy", "sqlalchemy")
        failed: Any = (alchemy.exc.SQLAlchemyError, ImportError)
        rows = _ask_server(alchemy, query, database)
    else:
        import sqlite3

        failed, rows = sqlite3.Error, _ask_file(sqlite3, query, database)
    try:
        for names, values in rows:
            if (twice := find_twice(list(names))) is not None:
                raise ValueError(f"The query gives two columns the name '{twice}'; give one another name.")
            yield {name: _plain(value) for name, value in zip(names, values, strict=True)}
    except failed as error:
        raise ValueError(f"The query of '{_hide_password(database)}' failed: {error}.") from error


def _ask_server(alchemy: Any, query: str, database: str) -> Iterator[tuple[Sequence[str], Sequence[Any]]]:
    engine = alchemy.create_engine(database)
    with engine.connect().execution_options(stream_results=True) as connection:
        answer = connection.execute(alchemy.text(query))
        for values in answer:
            yield tuple(answer.keys()), tuple(values)
    engine.dispose()


def _ask_file(sqlite3: Any, query: str, database: str) -> Iterator[tuple[Sequence[str], Sequence[Any]]]:
    place = Path(database).resolve().as_uri() + "?mode=ro"
    with contextlib.closing(sqlite3.connect(place, uri=True)) as opened:
        cursor = opened.execute(query)
        names = [column[0] for column in cursor.description or ()]
        for values in cursor:
            yield names, values


def _hide_password(database: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:...@", database)


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: times as text, no number for what is none.

    A decimal becomes a number as pandas makes it one.
    """
    if isinstance(value, decimal.Decimal) and value.is_finite():
        return int(value) if value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return value


def convert_answers(part: Path, wanted: Path, classes: list[str]) -> None:
    """Make the wanted file of the JSON lines in `part`, a column for each probability, and let `part` go."""
    if wanted.name.endswith(_PARQUET):
        _write_parquet(part, wanted, classes)
        part.unlink()
    elif wanted.name.endswith(".csv"):
        _write_csv(part, wanted, classes)
        part.unlink()
    else:
        part.replace(wanted)


def _list_columns(part: Path, classes: list[str]) -> list[str]:
    with open(part, encoding="utf-8") as lines:
        shares = any("probabilities" in json.loads(line) for line in lines)
    return ["row", "prediction", *(f"probability_{name}" for name in classes if shares)]


def _read_answers(part: Path, classes: list[str]) -> Iterator[dict[str, Any]]:
    with open(part, encoding="utf-8") as lines:
        for line in lines:
            answer = json.loads(line)
            shares = answer.pop("probabilities", None) or {}
            yield answer | {f"probability_{name}": shares.get(name) for name in classes}


def _write_csv(part: Path, wanted: Path, classes: list[str]) -> None:
    draft = wanted.with_name(wanted.name + ".new")
    with open(draft, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _list_columns(part, classes), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(_read_answers(part, classes))
    draft.replace(wanted)


def _write_parquet(part: Path, wanted: Path, classes: list[str]) -> None:
    arrow, parquet = _import("pyarrow", "pyarrow"), _import("pyarrow.parquet", "pyarrow")
    columns = _list_columns(part, classes)
    kinds = {type(a["prediction"]) for a in _read_answers(part, classes)} - {type(None)}
    kind = {
        frozenset({int}): arrow.int64(),
        frozenset({bool}): arrow.bool_(),
        frozenset({str}): arrow.string(),
    }.get(frozenset(kinds), arrow.float64() if kinds <= {int, float} else arrow.string())
    types = [arrow.int64(), kind, *[arrow.float64()] * (len(columns) - 2)]
    form = arrow.schema(list(zip(columns, types, strict=True)))
    draft = wanted.with_name(wanted.name + ".new")
    with parquet.ParquetWriter(draft, form) as writer:
        for piece in _cut(_read_answers(part, classes), 10_000):
            writer.write_table(arrow.Table.from_pylist(piece, schema=form))
    draft.replace(wanted)


def _import(module: str, distribution: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f"This needs {distribution}: `python -m pip install {distribution}`.") from error
