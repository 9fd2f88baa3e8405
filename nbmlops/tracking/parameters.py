"""Parameters: what the code set that reaches a model, and what was set of the model itself."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from nbmlops.core.digest import digest_text
from nbmlops.core.flows import walk_outside
from nbmlops.core.learned import ModelSeen, Parameters, Scalar

__all__ = ["find_parameters"]

_LONGEST, _KEPT = 1000, 200
_MAKERS = frozenset({"compile", "fit", "train", "train_test_split"})


def find_parameters(
    codes: tuple[str, ...], model: ModelSeen, others: Collection[str] = ()
) -> dict[str, Scalar]:
    """Return the literals that the lineage binds to names or passes by keyword, and the model's own.

    What the model holds goes before what the code says of the same name. What `others` are made with, models
    by the name of their class, is not said of this one. A name that is counted up is no parameter.
    """
    seen = model.place or model.order  # of one that nobody saw, what it is made with is all that is known
    made = frozenset({*others, *([model.type.rpartition(".")[2]] if seen else [])})
    own = dict(model.parameters)
    parts = {(name.rpartition("__")[2], repr(value)) for name, value in own.items() if "__" in name}
    said = {name: value for name, value in _read_codes(codes, made) if (name, repr(value)) not in parts}
    return said | dict(model.turns) | own


@lru_cache(maxsize=256)
def _read_codes(codes: tuple[str, ...], made: frozenset[str]) -> Parameters:
    """Return what statements say, but for what makes models of some classes; a loop asks this very often."""
    trees: list[ast.Module] = []
    for code in codes:
        with contextlib.suppress(SyntaxError):  # a magic that has no plain form
            trees.append(ast.parse(code))
    handed = _list_handed(trees)
    found: dict[str, Scalar] = {}
    for tree in trees:
        found |= dict(_read_literals(tree, made, handed))
    for name in _list_counted(trees):
        found.pop(name, None)
    return tuple(found.items())


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


def _list_counted(trees: Iterable[ast.Module]) -> frozenset[str]:
    return frozenset(
        node.target.id
        for tree in trees
        for node in walk_outside(tree)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    )


def _name_function(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _walk_beside(tree: ast.AST, made: Collection[str]) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but for what makes models: of the model itself, what it holds is said."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.Call) and _name_function(child.func) in made):
            yield from _walk_beside(child, made)


def _read_table(table: ast.Dict) -> Iterator[tuple[str, Scalar]]:
    for key, value in zip(table.keys, table.values, strict=True):
        known, literal = _read_literal(value)
        if known and isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, literal


def _read_literals(
    tree: ast.Module, made: Collection[str], handed: frozenset[str]
) -> Iterator[tuple[str, Scalar]]:
    for node in _walk_beside(tree, made):
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
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for one, item in zip(names, values, strict=False):
                    known, literal = _read_literal(item)
                    if known and isinstance(one, ast.Name):
                        yield one.id, literal
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=keywords):
                if not (name[:1].isupper() or name in _MAKERS):
                    continue
                for keyword in keywords:
                    known, literal = _read_literal(keyword.value)
                    if known and keyword.arg and keyword.arg != "verbose":
                        yield keyword.arg, literal


def _read_literal(node: ast.expr) -> tuple[bool, Scalar]:
    match node:
        case ast.Constant(value=str(text)):
            return True, _shorten_text(text)
        case ast.Constant(value=None | bool() | int() | float() as value):
            return True, value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return True, -value
    return False, None


def _shorten_text(text: str) -> str:
    """Return a long text as its beginning, with what tells it from others that begin so."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_KEPT]}… ({len(text):,} characters, {digest_text(text)[:8]})"
