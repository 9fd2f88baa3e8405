"""Readers: how the statements of a pipeline read a table, where their text alone says it for certain."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, TypeGuard

from nbmlops.core.pipeline import Piece, Reader

__all__ = ["find_reader", "is_plain"]

_FUNCTIONS = frozenset({"read_csv", "read_table", "read_fwf", "read_json", "read_parquet", "read_feather"})
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool, "object": object}
_HARMLESS = frozenset({"low_memory", "memory_map"})
_ENDINGS = {
    "read_csv": (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zip", ".csv.zst", ".data", ".txt"),
    "read_json": (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz"),
    "read_parquet": (".parquet",),
}


def is_plain(reader: Reader, path: str) -> bool:
    """Say whether a file is read as one with its name is read by anybody, without any options."""
    given = {key: value for key, value in reader.options.items() if key not in _HARMLESS}
    expected = {"lines": True} if reader.function == "read_json" else {}
    return given == expected and PurePath(path).name.lower().endswith(_ENDINGS.get(reader.function, ()))


def find_reader(
    pieces: Sequence[Piece], parameter: str, defaults: Mapping[str, object] | None = None
) -> Reader | None:
    """Return how the file under a parameter is read; None unless the text leaves no doubt.

    The path may pass through a name or a notebook's own function; the options are literals, or names
    that are bound to a literal once and used for nothing else. `defaults` are those of the parameters.
    """
    try:
        text = _Text([ast.parse(piece.code) for piece in pieces], defaults or {})
    except SyntaxError:
        return None
    starts = [node for node in text.nodes if _is_parameter(node, parameter)]
    try:
        found = [reader for start in starts for reader in text.follow(start, set())]
    except _Doubt:
        return None
    return found[0] if len(found) == 1 else None


class _Doubt(Exception):  # noqa: N818 - it is no error: the search ends there
    """The text does not say for certain what happens."""


class _Text:
    """The statements of a pipeline, in order, with the parent of each node.

    `last` is the last statement that the path was followed to: what comes later cannot change how it is read.
    """

    def __init__(self, trees: list[ast.Module], defaults: Mapping[str, object]) -> None:
        self.places = {id(node): n for n, tree in enumerate(trees) for node in ast.walk(tree)}
        self.nodes = [node for tree in trees for node in ast.walk(tree)]
        self.parents = {id(c): n for n in self.nodes for c in ast.iter_child_nodes(n)}
        self.defaults = defaults
        self.pandas = set(self._imported("pandas"))
        self.last = 0

    def follow(self, node: ast.expr, met: set[str]) -> Iterator[Reader]:
        """Yield each reader that a path comes to; raise where it may come to anything else."""
        self.last = max(self.last, self.places[id(node)])
        parent = self.parents[id(node)]
        match parent:
            case ast.Call(args=[first, *_]) if first is node and self._names_reader(parent.func):
                yield self._read_call(parent)
            case ast.Call(func=ast.Name(id="str" | "Path"), args=[_]):
                yield from self.follow(parent, met)
            case ast.Call(func=ast.Name(id=name)) if node in parent.args and name not in met:
                function, position = self._find_function(name), parent.args.index(node)
                if function is None or position >= len(function.args.args):
                    raise _Doubt
                argument = function.args.args[position].arg
                if self._binds(argument, function):
                    raise _Doubt
                yield from self._follow_all(argument, met | {name}, ast.walk(function))
            case ast.Assign(targets=[ast.Name(id=name)]) if name not in met:
                if self._count_bound(name) != 1:
                    raise _Doubt
                yield from self._follow_all(name, met | {name}, iter(self.nodes))
            case ast.Expr():
                return
            case _:
                raise _Doubt

    def _follow_all(self, name: str, met: set[str], nodes: Iterator[ast.AST]) -> Iterator[Reader]:
        for node in nodes:
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                yield from self.follow(node, met)

    def _imported(self, module: str) -> Iterator[str]:
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from (a.asname or a.name for a in node.names if a.name == module)

    def _names_reader(self, function: ast.expr) -> bool:
        match function:
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                return module in self.pandas and name in _FUNCTIONS
            case ast.Name(id=name):
                return name in _FUNCTIONS and any(
                    isinstance(n, ast.ImportFrom)
                    and n.module == "pandas"
                    and any(a.name == name and a.asname in (None, name) for a in n.names)
                    for n in self.nodes
                )
        return False

    def _read_call(self, call: ast.Call) -> Reader:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if len(call.args) != 1 or not isinstance(
            self.parents[id(call)], ast.Assign | ast.Return | ast.Attribute
        ):
            raise _Doubt
        return Reader(name, {k.arg or "**": self._evaluate(k.value) for k in call.keywords if self._has(k)})

    def _has(self, keyword: ast.keyword) -> bool:
        if keyword.arg is None:
            raise _Doubt
        return True

    def _evaluate(self, node: ast.expr) -> Any:
        """Return the value of an option that consists of literals."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return -value
            case ast.List(elts=items):
                return [self._evaluate(item) for item in items]
            case ast.Tuple(elts=items):
                return tuple(self._evaluate(item) for item in items)
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                return {self._evaluate(_require(k)): self._evaluate(v) for k, v in pairs}
            case ast.Attribute(value=ast.Name(id="parameters"), attr=name) if name in self.defaults:
                return self.defaults[name]
            case ast.Name(id=name) if name in _TYPES and self._count_bound(name) == 0:
                return _TYPES[name]
            case ast.Name(id=name):
                return self._evaluate(self._find_literal(name))
        raise _Doubt

    def _find_literal(self, name: str) -> ast.expr:
        """Return what a name is bound to, once, before it is used once."""
        before = [n for n in self.nodes if self.places[id(n)] <= self.last]
        places = [n for n in before if isinstance(n, ast.Name) and n.id == name]
        bound = [n for n in places if isinstance(n.ctx, ast.Store)]
        if len(places) != 2 or len(bound) != 1 or self._count_bound(name, before) != 1:
            raise _Doubt
        match self.parents[id(bound[0])]:
            case ast.Assign(targets=[ast.Name()], value=value):
                return value
        raise _Doubt

    def _find_function(self, name: str) -> ast.FunctionDef | None:
        found = [n for n in self.nodes if isinstance(n, ast.FunctionDef) and n.name == name]
        calls = [n for n in self.nodes if isinstance(n, ast.Name) and n.id == name]
        alone = len(found) == len(calls) == 1 and self._count_bound(name) == 1 and not found[0].decorator_list
        return found[0] if alone else None

    def _binds(self, name: str, function: ast.FunctionDef) -> bool:
        return any(
            isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)
            for n in ast.walk(function)
        )

    def _count_bound(self, name: str, nodes: Sequence[ast.AST] | None = None) -> int:
        """Count the statements that may bind a name anywhere."""
        tests: tuple[Callable[[ast.AST], bool], ...] = (
            lambda n: isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load),
            lambda n: isinstance(n, ast.arg) and n.arg == name,
            lambda n: isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == name,
            lambda n: isinstance(n, ast.alias) and (n.asname or n.name) == name,
        )
        return sum(any(test(node) for test in tests) for node in (nodes or self.nodes))


def _is_parameter(node: ast.AST, name: str) -> TypeGuard[ast.expr]:
    match node:
        case ast.Attribute(value=ast.Name(id="parameters"), attr=attribute):
            return attribute == name
    return False


def _require(node: ast.expr | None) -> ast.expr:
    if node is None:
        raise _Doubt
    return node
