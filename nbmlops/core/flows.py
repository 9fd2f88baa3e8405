"""Flows: which names a value in a statement rests on, through what the statement itself binds on the way."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["FITS", "follow_names", "is_training", "list_fitted", "list_names", "trace_flows", "walk_outside"]

FITS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit"})
"""Methods by which a model is trained."""

_OPAQUE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def trace_flows(tree: ast.AST) -> Mapping[str, frozenset[str]]:
    """Return the names that each name bound or filled in a tree is made from, in one step.

    What decides whether a branch is taken is left out, and what is only drawn or shown with a value.

    >>> sorted(trace_flows(ast.parse("for m in models: p = m.predict(X)"))["p"])
    ['X', 'm']
    """
    found: dict[str, set[str]] = {}
    for node in walk_outside(tree):
        for target, names in _list_flows(node):
            found.setdefault(target, set()).update(names)
    return {name: frozenset(names) for name, names in found.items()}


def follow_names(names: Iterable[str], flows: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return the names with all that they are made from, themselves first."""
    found: dict[str, None] = dict.fromkeys(names)
    waiting = list(found)
    while waiting:
        more = [name for name in sorted(flows.get(waiting.pop(), ())) if name not in found]
        found |= dict.fromkeys(more)
        waiting += more
    return tuple(found)


def list_names(node: ast.AST) -> tuple[str, ...]:
    """Return the names that an expression mentions, in the order of the text."""
    found = [n for n in ast.walk(node) if isinstance(n, ast.Name) and not n.id.startswith("__nbmlops")]
    found.sort(key=lambda n: (n.lineno, n.col_offset))
    return tuple(dict.fromkeys(n.id for n in found))


def list_fitted(tree: ast.AST) -> frozenset[str]:
    """Return the names by which a statement reaches what it fits itself."""
    found: set[str] = set()
    for node in walk_outside(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name, value=receiver)) if name in FITS:
                found.update(list_names(receiver)[:1])
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if any(
                map(_is_fit, walk_outside(value))
            ):
                found.add(bound)
    return frozenset(found)


def is_training(node: ast.AST) -> bool:
    """Say whether a node is a call that trains a model, or tries one on parts of the data."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) if name in FITS:
            return True
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name.startswith("cross_val")
    return False


def _is_fit(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FITS


def walk_outside(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but for those inside of functions, classes and lambdas."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, _OPAQUE):
            yield from walk_outside(child)


def _list_flows(node: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _bind(target, value)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            yield from _bind(target, value)
        case ast.AugAssign(target=target, value=value):
            yield from _bind(target, value)
        case ast.For(target=target, iter=source) | ast.AsyncFor(target=target, iter=source):
            yield from _bind_each(target, source)
        case ast.comprehension(target=target, iter=source):
            yield from _bind_each(target, source)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield from _bind(target, value)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)), args=args, keywords=named)):
            yield name, tuple(n for part in (*args, *named) for n in list_names(part))


def _bind(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else ()
        paired = len(parts) == len(target.elts) and not any(isinstance(p, ast.Starred) for p in parts)
        for at, one in enumerate(target.elts):
            yield from _bind(one, parts[at] if paired else value)
    elif isinstance(target, ast.Starred | ast.Attribute | ast.Subscript):
        yield from _bind(target.value, value)
    elif isinstance(target, ast.Name):
        yield target.id, list_names(value)


def _bind_each(target: ast.expr, source: ast.expr) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Bind what a loop runs over; each name of ``zip`` and ``enumerate`` comes from its own part."""
    match target, source:
        case ast.Tuple(elts=names), ast.Call(func=ast.Name(id="zip"), args=parts) if len(names) == len(parts):
            for name, part in zip(names, parts, strict=True):
                yield from _bind_each(name, part)
        case ast.Tuple(elts=[_, inner]), ast.Call(func=ast.Name(id="enumerate"), args=[part, *_]):
            yield from _bind_each(inner, part)
        case _:
            yield from _bind(target, source)
