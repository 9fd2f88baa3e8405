"""Unseen ways: what a statement may touch that no event tells of: native code, open handles, questions."""

from __future__ import annotations

import ast
import contextlib
import itertools
import logging
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePath
from types import FunctionType, SimpleNamespace
from typing import Any

from nbmlops.capture.files import is_own_file, shared_watch
from nbmlops.capture.scene import home_of, list_code_words, list_words, read_dictionary, root_of
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.values.structure import ATOMS, is_local, name_type

__all__ = [
    "asks_files",
    "conclude_handles",
    "find_handles",
    "find_logs",
    "find_questions",
    "read_maps",
    "spell_paths",
    "uses_native",
]

_NATIVE = frozenset(
    {
        *("pyarrow", "h5py", "duckdb", "tables", "netCDF4", "xarray", "zarr", "polars", "fastparquet"),
        *("lightgbm", "xgboost", "catboost", "cv2", "geopandas", "pyogrio", "rasterio", "datasets", "faiss"),
        *("sqlalchemy", "lmdb", "rocksdict", "onnx", "safetensors", "tensorflow", "tokenizers", "deltalake"),
    }
)
_NATIVE_WORDS = frozenset({"to_parquet", "read_parquet", "to_feather", "read_feather", "read_orc", "to_orc"})
_DATABASES = frozenset(
    {
        *(
            "sqlite3",
            "sqlalchemy",
            "duckdb",
            "psycopg",
            "psycopg2",
            "pymysql",
            "MySQLdb",
            "oracledb",
            "pyodbc",
        ),
        *(
            "mysql",
            "snowflake",
            "pymongo",
            "redis",
            "clickhouse_connect",
            "trino",
            "ibis",
            "turbodbc",
            "asyncpg",
        ),
    }
)
_CALLS = frozenset({"join", "Path", "PurePath", "str", "fspath", "joinpath", "abspath", "expanduser"})
_MOST_FILES = 1_000
_MOST_HELD = 50
_DEEPEST = 2
_NUMBERED = frozenset({"write", "pwrite", "writev", "ftruncate", "sendfile", "fdopen"})


_QUESTIONS = frozenset(
    {"exists", "lexists", "isfile", "isdir", "is_file", "is_dir", "getsize", "getmtime", "stat", "samefile"}
)


def uses_native(words: frozenset[str], reached: Iterable[str], namespace: Mapping[str, Any]) -> bool:
    """Say whether a statement uses a library that reads and writes files past Python; `words` are its own."""
    if not any(name in sys.modules for name in _NATIVE):
        return False
    values = [namespace[name] for name in reached if name in namespace]
    found = {root_of(value) for value in values} | {root_of(type(value)) for value in values}
    roots = {root.lstrip("_") for root in found}
    words |= {w for v in values if type(v) is FunctionType and is_local(v.__module__) for w in _words_of(v)}
    return not _NATIVE.isdisjoint(roots | words) or not _NATIVE_WORDS.isdisjoint(words)


def asks_files(words: frozenset[str], reached: Iterable[str], namespace: Mapping[str, Any]) -> bool:
    """Say whether a statement, or a function that it uses, asks what is on the disk, which no event tells."""
    values = [namespace.get(name) for name in reached]
    own = [v for v in values if type(v) is FunctionType and is_local(v.__module__)]
    return not _QUESTIONS.isdisjoint(words.union(*map(_words_of, own)))


def _words_of(function: FunctionType) -> frozenset[str]:
    return list_code_words(function.__code__)


def spell_paths(node: ast.AST, namespace: Mapping[str, Any]) -> list[str]:
    """Return the texts that stand in a statement as sums of names and constants, and within SQL."""
    found: dict[str, None] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.BinOp | ast.JoinedStr | ast.Call):
            text = _evaluate(inner, namespace)
            if text is not None:
                found[text] = None
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str) and "'" in inner.value:
            found |= dict.fromkeys(inner.value.split("'")[1::2])
        elif isinstance(inner, ast.Name):
            held: Any = namespace.get(inner.id)
            items = list(held)[:_MOST_FILES] if type(held) in (list, tuple, set) else []
            found |= dict.fromkeys(str(v) for v in items if issubclass(type(v), str | PurePath))
    return [text for text in found if 0 < len(text) < 1024]


def _evaluate(node: ast.expr, namespace: Mapping[str, Any]) -> str | None:
    """Return the text of an expression that only joins texts and paths; None where it does more."""
    match node:
        case ast.Constant(value=str() | int() as value):
            return str(value)
        case ast.Name(id=name):
            held = namespace.get(name)
            plain = type(held) in (str, int, float) or issubclass(type(held), PurePath)
            return str(held) if plain else None
        case ast.BinOp(left=left, op=ast.Add() | ast.Div() as op, right=right):
            parts = [_evaluate(left, namespace), _evaluate(right, namespace)]
            return _join(parts, "" if isinstance(op, ast.Add) else os.sep)
        case ast.JoinedStr(values=values):
            return _join([_evaluate(v, namespace) for v in values], "")
        case ast.FormattedValue(value=value, format_spec=None):
            return _evaluate(value, namespace)
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args) if name in _CALLS:
            return _join([_evaluate(a, namespace) for a in args], os.sep)
    return None


def _join(parts: list[str | None], between: str) -> str | None:
    known = [part for part in parts if part is not None]
    return between.join(known) if known and len(known) == len(parts) else None


def find_handles(
    reached: Iterable[str], namespace: Mapping[str, Any], words: frozenset[str] = frozenset()
) -> dict[str, bool]:
    """Return the files behind open handles and memory maps, and whether any use of each may write it.

    A memory map is written where its content changes; what goes through another handle is not seen.
    """
    found: dict[str, bool] = {}
    for name in reached:
        for value in _list_within(namespace.get(name)):
            for path, always in _list_handles(value):
                if is_own_file(path):
                    found[path] = found.get(path, False) or always
    if "os" in words and not _NUMBERED.isdisjoint(words):
        numbers = [namespace.get(name) for name in reached]
        found |= dict.fromkeys(filter(is_own_file, _list_numbered(numbers)), True)
    return found


def _list_within(value: Any) -> Iterator[Any]:
    """Yield a value and what it holds, as far as an open handle may be among it."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    for seen, (item, depth) in enumerate(waiting):
        kind = type(item)
        if kind in ATOMS:
            continue
        yield item
        if depth < _DEEPEST and seen < _MOST_HELD:
            items: Any = ()
            if kind in (list, tuple, dict):
                items = item.values() if kind is dict else item
            elif is_local(home_of(kind)) or kind is SimpleNamespace:
                items = read_dictionary(item).values()
            waiting += [(v, depth + 1) for v in itertools.islice(items, _MOST_HELD) if type(v) not in ATOMS]


def _list_numbered(values: Iterable[Any]) -> Iterator[str]:
    """Yield the files behind the numbers that the operating system gave to what was opened."""
    for value in values:
        if type(value) is int and 2 < value < 65_536:
            with contextlib.suppress(OSError):
                yield os.readlink(f"/proc/self/fd/{value}")


def conclude_handles(handles: Mapping[str, bool], effects: Iterable[Effect]) -> list[Effect]:
    """Turn the use of open handles into effects on their files: what a buffer holds is written later."""
    changed = any(e.change == "changed" and e.resource.kind == "name" for e in effects)
    because = "the statement uses what is open to write it"
    return [
        Effect(Resource("file", path), "written", because, certain=False)
        for path, always in handles.items()
        if always or changed
    ]


def _list_handles(value: Any) -> Iterator[tuple[str, bool]]:
    kind, root = name_type(type(value)), root_of(type(value))
    try:
        if kind.startswith("_io.") or root in ("gzip", "bz2", "lzma", "zipfile", "tarfile"):
            name = getattr(value, "name", None) or getattr(value, "filename", None)
            mode = getattr(value, "mode", "r")
            writes = mode == 2 or (isinstance(mode, str) and bool(set("wax+") & set(mode)))
            if isinstance(name, str | os.PathLike) and writes:
                yield os.path.abspath(name), True
        elif root == "numpy" and (held := _find_map(value)) is not None and held.mode in ("r+", "w+"):
            yield os.path.abspath(held.filename), False
        elif kind == "mmap.mmap":  # it does not tell its file
            yield from ((path, True) for path in shared_watch().links.mapped)
        elif root == "h5py" and value.file.mode != "r":
            yield os.path.abspath(value.file.filename), True
        elif root == "logging" or kind == "builtins.module":
            handlers = value.handlers if root == "logging" and hasattr(value, "handlers") else []
            if root == "logging" or value.__name__ == "logging":
                handlers = [*handlers, *logging.getLogger().handlers]
            yield from ((h.baseFilename, True) for h in handlers if isinstance(h, logging.FileHandler))
    except (ValueError, AttributeError, OSError, KeyError):
        return  # it is closed: then nothing can be written through it any more


def read_maps(reached: Iterable[str], namespace: Mapping[str, Any], written: Collection[str]) -> list[Read]:
    """Return the files, of those `written`, that are mapped into memory: their content is what they hold."""
    if not written:
        return []
    found: dict[str, None] = {}
    for name in reached:
        value = namespace.get(name)
        if root_of(type(value)) == "numpy" and (held := _find_map(value)) is not None:
            found[os.path.abspath(held.filename)] = None
        elif name_type(type(value)) == "mmap.mmap":
            found |= shared_watch().links.mapped
    return [Read(Resource("file", p), "it is mapped into memory") for p in found if p in written]


def _find_map(value: Any) -> Any:
    while value is not None and not hasattr(value, "filename"):
        value = getattr(value, "base", None)
    return value if getattr(value, "filename", None) else None


def find_logs(reached: Iterable[str], namespace: Mapping[str, Any]) -> list[str]:
    """Return the names of the streams that a logger of the statement's writes to."""
    values = [namespace.get(name) for name in reached]
    loggers: list[Any] = [v for v in values if issubclass(type(v), logging.Logger)]
    if not loggers and not any(v is logging for v in values):
        return []
    handlers = [h for x in (*loggers, logging.getLogger()) for h in x.handlers]
    streams = [h.stream for h in handlers if isinstance(h, logging.StreamHandler)]
    return [name for name, value in namespace.items() if any(value is stream for stream in streams)]


def _ask_databases(node: ast.stmt, values: Mapping[str, Any]) -> list[str]:
    """Return the text of each query that goes through an open connection of the statement's."""
    roots = {root_of(type(value)).lstrip("_"): name for name, value in values.items()}
    open_ones = [f"{root} through `{name}`" for root, name in sorted(roots.items()) if root in _DATABASES]
    if not open_ones:
        return []
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    texts += [
        values[n.id] for n in ast.walk(node) if isinstance(n, ast.Name) and type(values.get(n.id)) is str
    ]
    queries = [" ".join(text.split())[:200] for text in texts if " " in text]
    return [f"{one}: {'; '.join(queries)}" if queries else one for one in open_ones]


def find_questions(
    node: ast.stmt, reached: Iterable[str], namespace: Mapping[str, Any], loaded: frozenset[str]
) -> list[str]:
    """Return what a statement asks from outside with no event: people by ``input`` and widgets, databases."""
    values = {name: namespace[name] for name in reached if name in namespace}
    words = {w for v in values.values() if type(v) is FunctionType for w in _words_of(v)}
    asked = ["input"] if "input" in (loaded | words) - namespace.keys() else []
    asked += _ask_databases(node, values)
    widgets = [name for name, value in values.items() if root_of(type(value)) == "ipywidgets"]
    if not widgets:
        return asked
    reads = {"value", "index", "label", "options", "get_interact_value"} & (words | set(list_words(node)))
    return asked + [f"widget {name}" for name in widgets] if reads else asked
