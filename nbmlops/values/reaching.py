"""Reaching: the value that a short expression stands for, without running what a person wrote."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

__all__ = ["can_reach", "reach_value"]


def can_reach(text: str) -> bool:
    """Say whether a text is a name, or a part of one by attributes and constant keys.

    >>> can_reach("test[['a', 'b']]"), can_reach("test.y"), can_reach("load()")
    (True, True, False)
    """
    try:
        return _is_plain(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return _is_plain(node.value)
    if isinstance(node, ast.Subscript):
        return _is_plain(node.value) and (_is_constant(node.slice) or isinstance(node.slice, ast.Name))
    return isinstance(node, ast.Name)


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        return all(map(_is_constant, node.elts))
    return isinstance(node, ast.Constant)


def reach_value(text: str, namespace: Mapping[str, Any]) -> Any:
    """Return what such an expression stands for now.

    Raises KeyError with the name that is not there; ValueError where `can_reach` says no.
    """
    if not can_reach(text):
        raise ValueError(f"'{text}' is more than a name and its parts")
    return _reach(ast.parse(text, mode="eval").body, namespace)


def _reach(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Attribute):
        return getattr(_reach(node.value, namespace), node.attr)
    if isinstance(node, ast.Subscript):
        key = namespace[node.slice.id] if isinstance(node.slice, ast.Name) else ast.literal_eval(node.slice)
        return _reach(node.value, namespace)[key]
    assert isinstance(node, ast.Name)
    return namespace[node.id]
