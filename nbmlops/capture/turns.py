"""Turns: which names a loop is bound to bind, because what it runs over is written down and not empty."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

__all__ = ["find_literal", "find_turns"]

_ALIKE = frozenset({"enumerate", "sorted", "reversed", "list", "tuple", "set", "zip", "iter", "tqdm"})
_WAYS = frozenset({"items", "keys", "values"})
_Bindings = Callable[[ast.stmt], Iterable[str]]


def find_literal(node: ast.stmt) -> str | None:
    """Return the name that a statement binds to a container which is written down and holds something."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name if not isinstance(value, ast.Constant) and _list_needs(value) == set() else None
        case _:
            return None


def find_turns(node: ast.stmt, bind: _Bindings) -> dict[str, frozenset[str]]:
    """Return the names that a completed loop has bound, each with the literals that must not be empty.

    `bind` tells what a simple statement binds. A body counts up to where its turn may end early.
    """
    if not isinstance(node, ast.For) or (needs := _list_needs(node.iter)) is None:
        return {}
    found = dict.fromkeys(_list_stored(node.target), frozenset(needs))
    for inner in node.body:
        for name in bind(inner):
            found.setdefault(name, frozenset(needs))
        for name, more in find_turns(inner, bind).items():
            found.setdefault(name, more | needs)
        if any(isinstance(n, ast.Break | ast.Continue) for n in ast.walk(inner)):
            break
    return found


def _list_stored(target: ast.expr) -> Iterator[str]:
    return (n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _list_needs(node: ast.expr) -> set[str] | None:
    """Return the names that must hold something for an expression to hold something; None if unknown."""
    match node:
        case ast.Constant(value=str(text)):
            return set() if text else None
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return set() if any(not isinstance(part, ast.Starred) for part in parts) else None
        case ast.Dict(keys=keys):
            return set() if any(key is not None for key in keys) else None
        case ast.Name(id=name):
            return {name}
        case ast.Call(func=ast.Name(id="range"), args=args, keywords=[]):
            return set() if _turns_over(args) else None
        case ast.Call(func=ast.Name(id="zip"), args=[_, *_] as args, keywords=[]):
            return _join_needs(args)
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _ALIKE:
            return _list_needs(first)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=way), args=[]) if way in _WAYS:
            return {name}
    return None


def _join_needs(nodes: Iterable[ast.expr]) -> set[str] | None:
    found: set[str] = set()
    for node in nodes:
        needs = _list_needs(node)
        if needs is None:
            return None
        found |= needs
    return found


def _turns_over(args: list[ast.expr]) -> bool:
    numbers = [a.value for a in args if isinstance(a, ast.Constant) and type(a.value) is int]
    return len(numbers) == len(args) and len(range(*numbers)) > 0
