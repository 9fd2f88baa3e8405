"""Splitting: the file of a table in several, its rows kept as they are written."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Iterable
from pathlib import Path

from nbmlops.core.pipeline import Reader
from nbmlops.errors import MonitorError
from nbmlops.values.profile import read_table

__all__ = ["split_table"]

_TEXTS = frozenset({"read_csv", "read_table", "read_json"})
_ARCHIVES = (".zip", ".zst", ".tar")
# Of these a line stays a row; of all other options it may not.
_CLEAR = frozenset({"lines", "sep", "delimiter", "header", "names", "usecols", "index_col", "dtype"}) | {
    *("na_values", "keep_default_na", "true_values", "false_values", "parse_dates", "date_format"),
    *("low_memory", "memory_map", "engine", "encoding", "decimal", "thousands", "skipinitialspace"),
}


def split_table(source: Path, rows: int, parts: dict[Path, Iterable[int]], reader: Reader) -> None:
    """Write the rows of a table at some positions to each of several files.

    Parameters
    ----------
    source
        The file: text, compressed or not, or parquet.
    rows
        How many rows the table that was read from it has.
    parts
        For each file to write, the positions of its rows, counted from 0.
    reader
        How it was read.

    Raises
    ------
    MonitorError
        If the lines of a text are not the rows of the table.
    """
    if reader.function == "read_parquet":
        whole = read_table(source)
        _require_rows(source, len(whole), rows)
        for path, positions in parts.items():
            part = whole.iloc[list(positions)]
            plain = type(whole.index).__name__ == "RangeIndex"
            (part.reset_index(drop=True) if plain else part).to_parquet(path)
        return
    _require_lines(source, reader)
    packing = source.suffix.lower()
    head, records = _read_records(source, packing, reader)
    _require_rows(source, len(records), rows)
    for path, positions in parts.items():
        content = head + b"".join(records[position] for position in positions)
        path.write_bytes(_pack(content, packing))


def _require_lines(source: Path, reader: Reader) -> None:
    """Raise MonitorError unless each row of the table is a record of the text."""
    options, unclear = reader.options, sorted(reader.options.keys() - _CLEAR)
    if reader.function == "read_json" and options.get("lines") is not True:
        unclear.append("lines")
    if options.get("header", "infer") not in ("infer", None, 0):
        unclear.append("header")
    if str(options.get("encoding") or "").lower().startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
        unclear.append("encoding")
    if unclear or reader.function not in _TEXTS or source.suffix.lower() in _ARCHIVES:
        because = " with " + ", ".join(map(repr, unclear)) if unclear else ""
        raise MonitorError(
            f"Rows cannot be held back from '{source}': read by '{reader.function}'{because}, a row of it "
            "need not be a line.",
            "Read CSV, JSON lines or parquet in the notebook, and register the model again.",
        )


def _require_rows(source: Path, found: int, expected: int) -> None:
    if found != expected:
        raise MonitorError(
            f"Rows cannot be held back from '{source}': it has {found} lines of data and {expected} rows.",
            "Save the new data without comments and summaries, or as parquet, and retrain.",
        )


def _has_head(reader: Reader) -> bool:
    header = reader.options.get("header", "infer")
    named = reader.options.get("names") is not None
    return reader.function != "read_json" and header is not None and not (header == "infer" and named)


def _read_records(source: Path, packing: str, reader: Reader) -> tuple[bytes, list[bytes]]:
    """Return the header and each record with its line end; a quoted field may span lines."""
    quotes, has_head = reader.function != "read_json", _has_head(reader)
    content = _unpack(source.read_bytes(), packing)
    records: list[bytes] = []
    open_ = b""
    for line in io.BytesIO(content):
        open_ += line
        if quotes and open_.count(b'"') % 2:
            continue
        if open_.strip():
            records.append(open_ if open_.endswith(b"\n") else open_ + b"\n")
        open_ = b""
    if open_.strip():
        records.append(open_)
    return (records[0], records[1:]) if has_head and records else (b"", records)


def _unpack(content: bytes, packing: str) -> bytes:
    match packing:
        case ".gz":
            return gzip.decompress(content)
        case ".bz2":
            return bz2.decompress(content)
        case ".xz":
            return lzma.decompress(content)
    return content


def _pack(content: bytes, packing: str) -> bytes:
    match packing:
        case ".gz":
            return gzip.compress(content, mtime=0)
        case ".bz2":
            return bz2.compress(content)
        case ".xz":
            return lzma.compress(content)
    return content
