"""Ambiguity: whether a text that names a file may mean something else too, and has to stay as it is."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterator, Sequence

from nbmlops.core.resource import Effect, Read
from nbmlops.pipeline.parts import Part

__all__ = ["is_ambiguous"]

_TEXTS = frozenset({"splitext", "dict", "str", "len", "split", "append"})
_ARCHIVES = re.compile(r"zip|tar|h5py", re.IGNORECASE)


def is_ambiguous(path: str, found: Collection[tuple[Part, ast.Constant]], parts: Sequence[Part]) -> bool:
    """Say whether a literal of `found` may mean another file than `path`, part of an archive, or a text."""
    names = {name for part, node in found for name in _list_bound(part.tree, node)}
    if any(_is_key(part.tree, node) for part, node in found) or any(_tells(p.tree, names) for p in parts):
        return True
    code = "\n".join(part.code for part in parts)
    if "chdir" in code:
        ends = tuple(os.sep + os.path.normpath(str(node.value)) for _, node in found)
        if any(key != path and key.endswith(ends) for part in parts for key in _list_files(part)):
            return True
    if not _ARCHIVES.search(code):
        return False
    opened = [_list_files(part, certain=True) for part, _ in found]
    return any(files and path not in files for files in opened)


def _list_files(part: Part, certain: bool = False) -> set[str]:
    """Return the files that a statement touches; `certain` leaves out those that it only names."""
    touched: list[Read | Effect] = [*part.statement.reads, *part.statement.effects]
    return {t.resource.key for t in touched if t.resource.kind == "file" and (t.certain or not certain)}


def _list_bound(tree: ast.Module, node: ast.Constant) -> Iterator[str]:
    """Yield the names that a literal by itself is bound to."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value) if value is node:
                yield from (t.id for t in targets if isinstance(t, ast.Name))


def _tells(tree: ast.Module, names: Collection[str]) -> bool:
    """Whether one of the names becomes part of something that is made, as the text that it is."""
    for outer in ast.walk(tree) if names else ():
        parts: list[ast.AST] = []
        match outer:
            case ast.Dict(values=values):
                parts = list(values)
            case ast.Assign(value=ast.Tuple(elts=values) | ast.List(elts=values)):
                parts = list(values)
            case ast.FormattedValue(value=value):
                parts = [value]
            case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
                parts = [left, right]
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in _TEXTS:
                parts = [*args, *(k.value for k in outer.keywords)]
        if any(isinstance(part, ast.Name) and part.id in names for part in parts):
            return True
    return False


def _is_key(tree: ast.AST, node: ast.Constant) -> bool:
    """Whether a literal is what something is looked up by, or compared with."""
    for outer in ast.walk(tree):
        match outer:
            case ast.Dict(keys=keys) if any(key is node for key in keys):
                return True
            case ast.Subscript(slice=at) if at is node:
                return True
            case ast.Compare() if any(n is node for n in (outer.left, *outer.comparators)):
                return True
    return False
