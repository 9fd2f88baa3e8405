"""Splitting: the file of a table in several, its rows kept as they are written."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbmlops.errors import MonitorError

__all__ = ["split_table"]

_TEXTS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
_HEADLESS = (".jsonl", ".ndjson")


def split_table(source: Path, frame: Any, parts: dict[Path, Iterable[int]]) -> None:
    """Write the rows of a table at some positions to each of several files.

    Parameters
    ----------
    source
        The file that `frame` was read from: text, compressed or not, or parquet.
    parts
        For each file to write, the positions of its rows, counted from 0.

    Raises
    ------
    MonitorError
        If the lines of a text are not the rows of the frame.
    """
    packing, kind = _find_kind(source)
    if kind == ".parquet":
        for path, positions in parts.items():
            rows = frame.iloc[list(positions)]
            plain = type(frame.index).__name__ == "RangeIndex"
            (rows.reset_index(drop=True) if plain else rows).to_parquet(path)
        return
    if kind not in _TEXTS:
        raise MonitorError(
            f"Rows cannot be held back from '{source}': it is neither CSV, JSON lines nor parquet.",
            "Save the new data as one of these, and retrain.",
        )
    head, records = _read_records(source, packing, kind not in _HEADLESS)
    if len(records) != len(frame):
        raise MonitorError(
            f"Rows cannot be held back from '{source}': it has {len(records)} lines of data "
            f"and {len(frame)} rows.",
            "Save the new data as plain CSV with one header line, or as parquet, and retrain.",
        )
    for path, positions in parts.items():
        content = head + b"".join(records[position] for position in positions)
        path.write_bytes(_pack(content, packing))


def _find_kind(source: Path) -> tuple[str, str]:
    suffixes = [suffix.lower() for suffix in source.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".bz2", ".xz"):
        return suffixes[-1], suffixes[-2] if len(suffixes) > 1 else ""
    return "", suffixes[-1] if suffixes else ""


def _read_records(source: Path, packing: str, has_head: bool) -> tuple[bytes, list[bytes]]:
    """Return the header and each record with its line end; a quoted field may span lines."""
    content = _unpack(source.read_bytes(), packing)
    records: list[bytes] = []
    open_ = b""
    for line in io.BytesIO(content):
        open_ += line
        if open_.count(b'"') % 2 and has_head:
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
