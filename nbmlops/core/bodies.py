"""Bodies: the names that the body of a class reads from outside although it binds them itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

__all__ = ["find_inherited"]


def find_inherited(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that classes among `nodes` bind, and may read before.

    ``class C: seed = seed`` reads the global name, which a symbol table calls local; in a function that
    binds `seed` it raises NameError.
    """
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            own = {name for part in ast.walk(node) for name in _list_bound(part)}
            bound: set[str] = set()
            for statement in node.body:
                yield from (_list_read(statement) & own) - bound
                if isinstance(statement, ast.Assign | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    parts = statement.targets if isinstance(statement, ast.Assign) else [statement]
                    bound |= {name for part in parts for name in _list_bound(part)}


def _list_bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]


def _list_read(statement: ast.stmt) -> set[str]:
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found
