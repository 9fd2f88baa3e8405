"""Parameters: what the code set that reaches a model, and what was set of the model itself."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Iterator

from nbmlops.core.learned import ModelSeen, Scalar

__all__ = ["find_parameters"]

_MAKERS = frozenset({"compile", "fit", "train", "train_test_split"})


def find_parameters(codes: Iterable[str], model: ModelSeen) -> dict[str, Scalar]:
    """Return the literals that the lineage binds to names or passes by keyword, and the model's own.

    What the model holds goes before what the code says of the same name.
    """
    trees: list[ast.Module] = []
    for code in codes:
        with contextlib.suppress(SyntaxError):  # a magic that has no plain form
            trees.append(ast.parse(code))
    handed, made = _list_handed(trees), model.type.rpartition(".")[2]
    found: dict[str, Scalar] = {}
    for tree in trees:
        found |= dict(_read_literals(tree, made, handed))
    own = dict(model.parameters)
    parts = {(name.rpartition("__")[2], repr(value)) for name, value in own.items() if "__" in name}
    said = {name: value for name, value in found.items() if (name, repr(value)) not in parts}
    return said | own


def _list_handed(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Return the names of tables of settings that are handed to a training function as they are."""
    return frozenset(
        first.id
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name_function(node.func) == "train"
        for first in node.args[:1]
        if isinstance(first, ast.Name)
    )


def _name_function(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _walk_outside(tree: ast.AST, made: str) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but for what makes the model: of that, what it holds is said."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.Call) and _name_function(child.func) == made):
            yield from _walk_outside(child, made)


def _read_table(table: ast.Dict) -> Iterator[tuple[str, Scalar]]:
    for key, value in zip(table.keys, table.values, strict=True):
        known, literal = _read_literal(value)
        if known and isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, literal


def _read_literals(tree: ast.Module, made: str, handed: frozenset[str]) -> Iterator[tuple[str, Scalar]]:
    for node in _walk_outside(tree, made):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as table) if name in handed:
                yield from _read_table(table)
            case ast.Call(
                func=ast.Attribute(attr="train") | ast.Name(id="train"), args=[ast.Dict() as table, *_]
            ):
                yield from _read_table(table)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known, literal = _read_literal(value)
                if known:
                    yield name, literal
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=keywords):
                if not (name[:1].isupper() or name in _MAKERS):
                    continue
                for keyword in keywords:
                    known, literal = _read_literal(keyword.value)
                    if known and keyword.arg and keyword.arg != "verbose":
                        yield keyword.arg, literal


def _read_literal(node: ast.expr) -> tuple[bool, Scalar]:
    match node:
        case ast.Constant(value=None | str() | bool() | int() | float() as value):
            return True, value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return True, -value
    return False, None
