"""Weaving: the call of a hook between the statements of a cell."""

from __future__ import annotations

import ast

__all__ = ["weave_hook"]


def weave_hook(body: list[ast.stmt], hook_name: str) -> list[ast.stmt]:
    """Put a call of a hook before every statement but the first, after imports from ``__future__``."""
    woven: list[ast.stmt] = []
    for index, node in enumerate(body):
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if index and not is_future:
            where = {name: getattr(node, name) for name in node._attributes}
            hook, number = ast.Name(hook_name, ast.Load(), **where), ast.Constant(index, **where)
            woven.append(ast.Expr(ast.Call(hook, [number], [], **where), **where))
        woven.append(node)
    return woven
