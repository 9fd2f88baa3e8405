"""Changes: which names a statement binds, or changes the values of, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["list_changed"]

_DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_METHODS = """
    add append clear discard extend fill fit insert partial_fit pop popitem put remove resize reverse
    set_params setdefault shuffle sort update write
"""
_CHANGING = frozenset(_METHODS.split())


def list_changed(node: ast.stmt) -> frozenset[str]:
    """Return the names that a statement binds, deletes or changes in place; to mention one is not enough."""
    found: set[str] = set()
    for inner in _walk_here(node):
        match inner:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update((one.asname or one.name).partition(".")[0] for one in names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                found.add(_find_root(inner))
            case ast.Call(func=ast.Attribute(attr=method, value=receiver), keywords=keywords):
                if method in _CHANGING or any(one.arg == "inplace" for one in keywords):
                    found.add(_find_root(receiver))
    return frozenset(found - {""})


def _walk_here(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that act where a statement stands: no bodies of functions, no names of inner loops."""
    yield node
    if isinstance(node, _DEFINITION | ast.Lambda):
        return
    for inner in ast.iter_child_nodes(node.iter if isinstance(node, ast.comprehension) else node):
        yield from _walk_here(inner)


def _find_root(node: ast.expr) -> str:
    """Return the name that an expression like `a.b[c]` begins with; empty where it begins with none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
