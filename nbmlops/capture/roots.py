"""Roots: the names whose objects, or whose parts, an expression stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Roots", "deepen", "find_chain", "find_elements", "find_roots", "join_roots"]

Roots = Mapping[str, int]
"""For each name: 0 its object itself, 1 something that it holds, -1 something new that holds the same."""

_ANEW = frozenset(
    {"list", "tuple", "dict", "set", "frozenset", "sorted", "zip", "enumerate", "map", "filter"}
)
_PARTS = frozenset({"iter", "next", "reversed", "getattr", "vars", "max", "min", "chain", "islice", "tqdm"})
_VIEWS = frozenset(
    {"asarray", "asanyarray", "atleast_1d", "atleast_2d", "atleast_3d", "ravel", "reshape", "squeeze"}
    | {"transpose", "swapaxes", "view", "broadcast_to", "nditer", "ndenumerate"}
)
_GETTERS = frozenset(
    {"get", "setdefault", "values", "items", "pop", "popitem", "iterrows", "itertuples", "groupby"}
    | {"__getitem__", "get_params", "children", "modules", "parameters", "named_parameters"}
)
_COPIES = frozenset({"copy", "deepcopy", "astype", "clone", "tolist", "to_dict", "to_list"})
_NUMBERS = frozenset({"range", "arange", "linspace", "len", "logspace", "ndindex", "listdir", "glob"})
_INDEXERS = frozenset({"loc", "iloc", "at", "iat", "flat"})


def find_chain(node: ast.AST) -> tuple[str, ...]:
    """Return the parts of a dotted name; nothing for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()


def deepen(roots: Roots) -> dict[str, int]:
    """Return the roots of a part of what has these."""
    return dict.fromkeys(roots, 1)


def join_roots(into: dict[str, int], roots: Roots) -> None:
    """Add roots to others: the deeper one counts."""
    for name, depth in roots.items():
        into[name] = max(into.get(name, -1), depth)


def find_roots(node: ast.AST, first: str = "", loose: bool = False) -> dict[str, int]:
    """Return the names that an expression stands for; `first` is what ``super()`` stands for.

    A `loose` answer takes whatever a method hands back for a part of its object.
    """
    match node:
        case ast.Name(id=name):
            return {name: 0}
        case ast.Attribute(value=value, attr=name):
            found = find_roots(value, first, loose)
            return found if name in _INDEXERS else deepen(found)
        case ast.Subscript(value=value, slice=at):
            return {} if _selects(at) else deepen(find_roots(value, first, loose))
        case ast.Starred(value=value) | ast.Await(value=value) | ast.NamedExpr(value=value):
            return find_roots(value, first, loose)
        case ast.IfExp(body=body, orelse=other):
            return _join([body, other], first)
        case ast.BoolOp(values=values):
            return _join(values, first)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return dict.fromkeys(_join(parts, first), -1)
        case ast.Dict(values=parts):
            return dict.fromkeys(_join(parts, first), -1)
        case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part):
            return dict.fromkeys(find_roots(part, first), -1)
        case ast.DictComp(value=part):
            return dict.fromkeys(find_roots(part, first), -1)
        case ast.Call():
            return _find_answered(node, first, loose)
    return {}


def _join(nodes: Iterable[ast.AST], first: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in nodes:
        join_roots(found, find_roots(node, first))
    return found


def _selects(at: ast.expr) -> bool:
    """Whether an index is a condition or a list, which makes something new of what it is applied to."""
    match at:
        case ast.UnaryOp(op=operator) | ast.BinOp(op=operator):
            return isinstance(operator, ast.Invert | ast.BitAnd | ast.BitOr)
        case _:
            return isinstance(at, ast.Compare | ast.List | ast.ListComp)


def _find_answered(call: ast.Call, first: str, loose: bool) -> dict[str, int]:
    """Return the names that a call may hand back, or hand back a part of."""
    func = call.func
    if isinstance(func, ast.Name):
        if func.id == "super":
            return {first: 0} if first else {}
        if func.id in _ANEW:
            return dict.fromkeys(_join(call.args, first), -1)
        return deepen(_join(call.args, first)) if func.id in _PARTS | _VIEWS else {}
    if not isinstance(func, ast.Attribute) or func.attr in _COPIES:
        return {}
    if func.attr in _VIEWS | _PARTS:
        return deepen(_join([func.value, *call.args[:1]], first))
    return deepen(find_roots(func.value, first, loose)) if loose or func.attr in _GETTERS else {}


def find_elements(node: ast.AST, first: str = "") -> dict[str, int]:
    """Return the names that a loop over an expression meets the parts of."""
    found = deepen(find_roots(node, first))
    if found or not isinstance(node, ast.Call):
        return found
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return {} if name in _NUMBERS else dict.fromkeys(_list_given(node), 1)


def _list_given(call: ast.Call) -> Iterator[str]:
    for node in (*call.args, *(k.value for k in call.keywords)):
        yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
