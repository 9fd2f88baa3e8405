"""Handing: which names a statement gives to something that keeps them, and may use them later."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nbmlops.capture.roots import find_chain

__all__ = ["called_name", "find_attached", "find_decorators", "find_handed", "find_started"]

_KEEPERS = frozenset(
    {"seterrcall", "addHandler", "addFilter", "settrace", "setprofile", "finalize", "subscribe"}
    | {"add_listener", "register_hook", "register_forward_hook", "addaudithook", "set_debug"}
)
"""Functions that keep what they are given, and call it during later statements that do not mention it."""
_LISTS = frozenset({"callbacks", "meta_path", "path_hooks"})
"""Lists of what the interpreter calls by itself."""
_STARTERS = frozenset(
    {"submit", "apply_async", "map_async", "starmap_async", "imap", "start_new_thread", "Timer"}
)
"""Functions that begin to call what they are given, and answer before that has ended."""


def find_handed(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names in what is given to something that keeps it, as a handler or a hook."""
    for inner in nodes:
        match inner:
            case ast.Call(args=args) if called_name(inner) in _KEEPERS:
                given: list[ast.expr] = args
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=name)), args=args) if name in _LISTS:
                given = args
            case ast.Assign(targets=[ast.Attribute()], value=value):
                given = [value]
            case _:
                continue
        yield from _list_names(given)


def find_attached(node: ast.stmt, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that are assigned to attributes, and those that are given to a registry."""
    decorators = find_decorators(node)
    decorators += [d for d in getattr(node, "decorator_list", []) if isinstance(d, ast.Call)]
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and any(map(_registers, decorators)):
        yield node.name
    for inner in nodes:
        match inner:
            case ast.Assign(targets=[ast.Attribute()], value=value):
                yield from _list_names([value])
            case ast.Call(func=ast.Name(id="setattr"), args=[_, _, value]):
                yield from _list_names([value])
            case ast.Call(func=ast.Call() as maker, args=args) if _registers(maker):
                yield from _list_names(args)


def find_started(calls: Iterable[ast.Call]) -> Iterator[str]:
    """Yield the names in what may run on beside later statements: threads, and what pools are given."""
    for call in calls:
        name = called_name(call)
        if name in _STARTERS:
            yield from _list_names([*call.args, *(k.value for k in call.keywords)])
        elif name == "start" and not call.args and isinstance(call.func, ast.Attribute):
            yield from find_chain(call.func.value)[:1] or _list_names([call.func.value])


def find_decorators(node: ast.stmt) -> list[ast.Call]:
    """Return decorators without arguments as the calls that they are."""
    plain = [d for d in getattr(node, "decorator_list", []) if not isinstance(d, ast.Call)]
    return [ast.Call(d, [], []) for d in plain]


def called_name(call: ast.Call) -> str:
    """Return the last part of the name of what is called; empty if it has none."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _registers(call: ast.Call) -> bool:
    return called_name(call).startswith("register")


def _list_names(nodes: Iterable[ast.expr]) -> Iterator[str]:
    return (n.id for one in nodes for n in ast.walk(one) if isinstance(n, ast.Name))
