"""Parameters: what the code set that reaches a model, and what was set of the model itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nbmlops.core.learned import ModelSeen, Scalar

__all__ = ["find_parameters"]

_MAKERS = frozenset({"train_test_split"})


def find_parameters(codes: Iterable[str], model: ModelSeen) -> dict[str, Scalar]:
    """Return the literals that the lineage binds to names or passes by keyword, and the model's own.

    What the model holds goes before what the code says of the same name.
    """
    found: dict[str, Scalar] = {}
    for code in codes:
        try:
            tree = ast.parse(code)
        except SyntaxError:  # a magic that has no plain form
            continue
        found |= dict(_read_literals(tree, model.type.rpartition(".")[2]))
    own = dict(model.parameters)
    parts = {(name.rpartition("__")[2], repr(value)) for name, value in own.items() if "__" in name}
    said = {name: value for name, value in found.items() if (name, repr(value)) not in parts}
    return said | own


def _read_literals(tree: ast.Module, made: str) -> Iterator[tuple[str, Scalar]]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known, literal = _read_literal(value)
                if known:
                    yield name, literal
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=keywords):
                if name == made or not (name[:1].isupper() or name in _MAKERS):
                    continue  # of the model itself, what it holds is said
                for keyword in keywords:
                    known, literal = _read_literal(keyword.value)
                    if known and keyword.arg:
                        yield keyword.arg, literal


def _read_literal(node: ast.expr) -> tuple[bool, Scalar]:
    match node:
        case ast.Constant(value=None | str() | bool() | int() | float() as value):
            return True, value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return True, -value
    return False, None
