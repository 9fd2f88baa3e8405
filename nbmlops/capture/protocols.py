"""Protocols: the methods that Python's syntax and its own functions call by themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

__all__ = ["find_protocols"]

_PASSES = ("__iter__", "__next__", "__getitem__", "__len__")
_OPERATORS = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
_ORDERS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__")
_BUILTINS = frozenset(
    {"len", "bool", "iter", "next", "list", "tuple", "set", "dict", "sorted", "sum", "max", "min", "any"}
    | {"all", "map", "filter", "zip", "enumerate", "reversed", "abs", "round", "hash"}
)


def find_protocols(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names of the methods that the syntax in a tree, given as its nodes, may call."""
    return frozenset(name for node in nodes for name in _list_methods(node))


def _list_methods(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.For() | ast.comprehension() | ast.Starred():
            yield from _PASSES
        case ast.AsyncFor():
            yield from ("__aiter__", "__anext__")
        case ast.With():
            yield from ("__enter__", "__exit__")
        case ast.AsyncWith():
            yield from ("__aenter__", "__aexit__")
        case ast.Compare(ops=operators):
            inside = any(isinstance(o, ast.In | ast.NotIn) for o in operators)
            yield from ("__contains__", *_PASSES) if inside else _ORDERS
        case ast.BinOp(op=operator):
            name = _OPERATORS[type(operator)]
            yield from (f"__{name}__", f"__r{name}__")
        case ast.AugAssign(op=operator):
            yield from (f"__i{_OPERATORS[type(operator)]}__", f"__{_OPERATORS[type(operator)]}__")
        case ast.UnaryOp() | ast.BoolOp() | ast.If() | ast.While() | ast.IfExp() | ast.Assert():
            yield from ("__bool__", "__len__", "__neg__", "__invert__")
        case ast.Subscript(ctx=context):
            stored = {ast.Store: "__setitem__", ast.Del: "__delitem__"}
            yield stored.get(type(context), "__getitem__")
        case ast.Attribute(ctx=ast.Store()):
            yield "__setattr__"
        case ast.FormattedValue():
            yield from ("__format__", "__str__")
        case ast.Call(func=ast.Name(id=name)) if name in _BUILTINS:
            yield from (
                "__bool__",
                "__contains__",
                "__abs__",
                "__round__",
                "__reversed__",
                *_PASSES,
                *_ORDERS,
            )
