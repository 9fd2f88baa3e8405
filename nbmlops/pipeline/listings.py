"""Listings: lists and tuples of plain values, and what dictionaries name, as parameters may hold them."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

from nbmlops.core.pipeline import Several

__all__ = [
    "has_comment",
    "list_leaves",
    "read_listing",
    "read_literal",
    "read_value",
    "tell_type",
]

_TYPES = {str: "str", int: "int", float: "float", bool: "bool"}
_MANY = 30
"""Longer lists are data, and no choice of anybody's."""
_NONE = "none"
"""The word that stands for None where a parameter is given as text."""


def read_literal(node: ast.expr) -> str | int | float | bool | None:
    """Return the text, number or flag that an expression spells out; None for anything else."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, SyntaxError):
        return None
    return value if type(value) in _TYPES and not isinstance(node, ast.BinOp) else None


def read_listing(node: ast.expr) -> Several | None:
    """Return as a tuple what a list or tuple of plain values spells out; None for anything else.

    A list may hold tuples of numbers, as one of layer sizes does. What has no one type is left out.
    """
    if not isinstance(node, ast.List | ast.Tuple) or not 0 < len(node.elts) <= _MANY:
        return None
    if not all(_is_plain(item) for item in node.elts):
        return None
    values: Several = tuple(ast.literal_eval(node))
    return values if _unite_types(values) else None


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        numbers = [read_literal(item) for item in node.elts]
        return 0 < len(numbers) <= _MANY and all(type(n) in {int, float} for n in numbers)
    return read_literal(node) is not None or (isinstance(node, ast.Constant) and node.value is None)


def read_value(node: ast.expr) -> str | int | float | bool | Several | None:
    """Return what an expression spells out, be it one plain value or several; None for anything else."""
    found = read_literal(node)
    return read_listing(node) if found is None else found


def tell_type(value: object) -> str:
    """Return the type of a parameter with this default, as Python spells it."""
    return _unite_types(value) if isinstance(value, tuple) else _TYPES[type(value)]


def _unite_types(values: tuple[object, ...]) -> str:
    """Return the type of a tuple of values of one kind; nothing where there is none."""
    inner = {v for v in values if isinstance(v, tuple)}
    if inner:
        items = tuple(item for v in inner for item in v)
        return f"tuple[{_unite_types(items)}, ...]" if len(inner) == len(set(values)) else ""
    kinds = {_TYPES[type(v)] for v in values if v is not None}
    kind = "float" if kinds == {"int", "float"} else "".join(kinds) if len(kinds) == 1 else ""
    if not kind or (None in values and _NONE in {str(v).lower() for v in values if v is not None}):
        return ""
    return f"tuple[{kind}{' | None' if None in values else ''}, ...]"


def list_leaves(node: ast.expr, key: str = "") -> Iterator[tuple[str, ast.expr]]:
    """Give the values that an argument is made of, each with the key that it stands under, if any.

    These are the argument itself, or what a dictionary, or each of a list of them, holds.
    """
    match node:
        case ast.Dict(keys=keys, values=values):
            for name, value in zip(keys, values, strict=True):
                if isinstance(name, ast.Constant):
                    yield str(name.value), value
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=given):
            yield from ((k.arg, k.value) for k in given if k.arg)
        case ast.List(elts=items) if items and all(isinstance(i, ast.Dict) for i in items):
            for item in items:
                yield from list_leaves(item)
        case _:
            yield key, node


def has_comment(code: str, node: ast.expr) -> bool:
    """Whether a person wrote a comment inside of an expression, which would be lost with its text."""
    text = ast.get_source_segment(code, node) or ""
    if "#" not in text:
        return False
    tokens = tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline)
    return any(token.type == tokenize.COMMENT for token in tokens)
