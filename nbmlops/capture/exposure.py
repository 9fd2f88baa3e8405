"""Exposure: which names a statement may read before it has bound them itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

__all__ = ["find_exposed"]


def find_exposed(node: ast.stmt) -> set[str]:
    """Return the names that a statement reads, on some path, as somebody else left them.

    A loop over ``for row in rows`` reads no earlier `row`, whatever its body does with it. Of an
    expression every name counts, whenever it is looked up; a binding counts from the next statement
    on, and only where no branch, no swallowed error and no loop without a turn goes past it.
    """
    exposed: set[str] = set()
    _follow_block([node], set(), exposed)
    return exposed


def _follow_block(body: Sequence[ast.stmt], bound: set[str], exposed: set[str]) -> set[str]:
    """Note what a block reads beyond `bound`; return what is bound after it."""
    for node in body:
        bound = _follow_statement(node, bound, exposed)
    return bound


def _follow_statement(node: ast.stmt, bound: set[str], exposed: set[str]) -> set[str]:
    match node:
        case ast.For() | ast.AsyncFor():
            _note_loads([node.iter, node.target], bound, exposed)
            _follow_block(node.body, bound | _stored(node.target), exposed)
            _follow_block(node.orelse, bound, exposed)
            return bound
        case ast.While():
            _note_loads([node.test], bound, exposed)
            _follow_block(node.body, bound, exposed)
            _follow_block(node.orelse, bound, exposed)
            return bound
        case ast.If():
            _note_loads([node.test], bound, exposed)
            return _follow_block(node.body, bound, exposed) & _follow_block(node.orelse, bound, exposed)
        case ast.With() | ast.AsyncWith():
            return _follow_with(node, bound, exposed)
        case ast.Try() | ast.TryStar():
            return _follow_try(node, bound, exposed)
        case ast.Match():
            _note_loads([node.subject], bound, exposed)
            for case in node.cases:
                inside = bound | _captured(case.pattern)
                _note_loads([case.pattern, *([case.guard] if case.guard else [])], inside, exposed)
                _follow_block(case.body, inside, exposed)
            return bound
        case _:
            return _follow_simple(node, bound, exposed)


def _follow_with(node: ast.With | ast.AsyncWith, bound: set[str], exposed: set[str]) -> set[str]:
    inside = bound
    for item in node.items:
        _note_loads([item.context_expr], inside, exposed)
        if item.optional_vars is not None:
            _note_loads([item.optional_vars], inside, exposed)
            inside = inside | _stored(item.optional_vars)
    _follow_block(node.body, inside, exposed)
    return bound


def _follow_try(node: ast.Try | ast.TryStar, bound: set[str], exposed: set[str]) -> set[str]:
    done = _follow_block(node.body, bound, exposed)
    for handler in node.handlers:
        _note_loads([handler.type] if handler.type else [], bound, exposed)
        _follow_block(handler.body, bound | ({handler.name} if handler.name else set()), exposed)
    _follow_block(node.orelse, done, exposed)
    _follow_block(node.finalbody, bound, exposed)
    return bound


def _follow_simple(node: ast.stmt, bound: set[str], exposed: set[str]) -> set[str]:
    _note_loads([node], bound, exposed)
    match node:
        case ast.Assign(targets=targets):
            return bound | {name for target in targets for name in _stored(target)}
        case (
            ast.AugAssign(target=ast.Name(id=name))
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr())
        ):
            return bound | {name}
        case ast.Delete(targets=targets):
            gone = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            exposed |= gone - bound
            return bound - gone
        case ast.Import(names=names):
            return bound | {a.asname or a.name.partition(".")[0] for a in names}
        case ast.ImportFrom(names=names):
            return bound | {a.asname or a.name for a in names}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return bound | {name}
        case _:
            return bound


def _note_loads(nodes: Iterable[ast.AST], bound: set[str], exposed: set[str]) -> None:
    """Note every name that is read in a tree, or added to in a function or class inside of it."""
    for root in nodes:
        for node in ast.walk(root):
            match node:
                case ast.Name(id=name, ctx=ast.Load()) | ast.AugAssign(target=ast.Name(id=name)):
                    exposed |= {name} - bound


def _stored(target: ast.expr) -> set[str]:
    """Return the names that a target binds, all of them or none."""
    match target:
        case ast.Name(id=name):
            return {name}
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return {name for part in parts for name in _stored(part)}
        case ast.Starred(value=value):
            return _stored(value)
        case _:
            return set()


def _captured(pattern: ast.pattern) -> set[str]:
    """Return the names that a pattern binds; of alternatives, what any of them does."""
    found: set[str] = set()
    for node in ast.walk(pattern):
        match node:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
    return found
