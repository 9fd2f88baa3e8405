"""Unseen: what no row of the training data made a statement do, and another row may."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbmlops.package.cutting.special import callee_name
from nbmlops.package.cutting.traces import Trace

__all__ = ["find_unseen"]

_SILENT = ("print", "display")


def find_unseen(trace: Trace, tree: ast.AST) -> str | None:
    """Return the name of a table of rows that a branch reads which never ran, though single rows choose it.

    What such a branch learns from the whole table is not known; of one row it would learn something else.
    """
    tables = {name for done in trace.statements for name in done.aligned}
    return next(_list_names(trace, tree, frozenset(tables), False), None)


def _list_names(trace: Trace, tree: ast.AST, tables: frozenset[str], inside: bool) -> Iterator[str]:
    if isinstance(tree, ast.Expr) and callee_name(tree.value) in _SILENT:
        return
    if isinstance(tree, ast.Name):
        number = trace.of_tree.get(tree, -1)
        alone = inside or (number >= 0 and _is_of_rows(trace, number))
        if alone and isinstance(tree.ctx, ast.Load) and tree.id in tables and number not in trace.seen:
            yield tree.id
        return
    below: list[ast.AST] = list(ast.iter_child_nodes(tree))
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        # Defaults and decorators run where the function is defined: all rows are there then.
        below = [tree.body] if isinstance(tree, ast.Lambda) else list(tree.body)
        tables, inside = tables - _bound_names(tree), True
    elif isinstance(tree, ast.ClassDef | ast.ExceptHandler):
        inside = True
    for child in below:
        yield from _list_names(trace, child, tables, inside)


def _is_of_rows(trace: Trace, number: int) -> bool:
    """Say whether an expression stands in a loop that gives it one row after the other."""
    numbers = [trace.of_tree.get(loop.over, -1) for loop in trace.nodes[number].loops]
    return any(trace.seen[n].over_rows for n in numbers if n in trace.seen)


def _bound_names(tree: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """Return the arguments of a function and the names that it binds."""
    given = {argument.arg for argument in ast.walk(tree.args) if isinstance(argument, ast.arg)}
    return given | {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
