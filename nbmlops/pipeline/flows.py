"""Flows: which argument a list or dictionary was given for that a statement before had given a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbmlops.pipeline.calls import Argument, Naming, list_reached
from nbmlops.pipeline.listings import list_leaves, read_listing
from nbmlops.pipeline.parts import Part

__all__ = ["Flow", "find_flows", "list_flows", "list_loops"]

_SCOPES = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Flow:
    """A value with the argument that it fills, and the `key` under which it stands in there, if any.

    `name` is what the notebook called the value, where it gave it a name of its own; `in_turn` says that
    a loop gives one after the other.
    """

    path: str
    argument: str
    key: str
    value: ast.expr
    name: str = ""
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    """A statement that names a list or a dictionary, and the names that stood for others in it."""

    part: Part
    name: str
    value: ast.expr
    inner: Mapping[str, _Named]


def find_flows(
    parts: Sequence[Part], paths: dict[str, str], naming: Naming
) -> dict[tuple[int, int], list[Flow]]:
    """Return what the values of each statement that names a list or dictionary are given for, by place."""
    named: dict[str, _Named] = {}
    flows: dict[tuple[int, int], list[Flow]] = {}
    for part in (p for p in parts if p.role == "action"):
        for used in _list_uses(part.tree, paths, naming):
            _follow(used, named, flows)
        for name in part.rebinds | part.binds:
            found = _read_named(part, name, named)
            if found is not None:
                named[name] = found
            elif name in part.rebinds:
                named.pop(name, None)
    return flows


def _read_named(part: Part, name: str, named: Mapping[str, _Named]) -> _Named | None:
    match part.tree.body:
        case [ast.Assign(targets=[ast.Name(id=bound)], value=value)] if bound == name:
            if part.statement.outcome != "ok":
                return None
            leaves = [leaf for _, leaf in list_leaves(value)]
            if leaves == [value] and read_listing(value) is None:
                return None
            inner = {
                leaf.id: named[leaf.id] for leaf in leaves if isinstance(leaf, ast.Name) and leaf.id in named
            }
            return _Named(part, name, value, inner)
    return None


def _follow(used: Flow, named: Mapping[str, _Named], flows: dict[tuple[int, int], list[Flow]]) -> None:
    """Note what a name that is given for an argument stands for, and what the names in that stand for."""
    if not isinstance(used.value, ast.Name) or used.value.id not in named:
        return
    found = named[used.value.id]
    here = flows.setdefault(found.part.statement.place, [])
    for key, leaf in list_leaves(found.value, used.key):
        name = found.name if leaf is found.value else ""
        flow = Flow(used.path, used.argument, key, leaf, name)
        if not any(other.value is leaf for other in here):
            here.append(flow)
        _follow(flow, found.inner, flows)


def _list_uses(tree: ast.AST, paths: dict[str, str], naming: Naming) -> Iterator[Flow]:
    """Give what reaches an argument, be it given itself, within a dictionary, or turn by turn."""
    for node in _walk_outside(tree):
        if isinstance(node, ast.Call):
            for given in list_reached(node, paths, naming):
                yield from list_flows(given)
        yield from list_loops(node, paths, naming)


def list_flows(given: Argument) -> Iterator[Flow]:
    """Give the values that an argument of a call is made of."""
    for key, leaf in list_leaves(given.value):
        yield Flow(given.path, given.name, key, leaf)


def list_loops(node: ast.AST, paths: dict[str, str], naming: Naming) -> Iterator[Flow]:
    """Give what a loop goes over, where its turns are given for an argument."""
    match node:
        case ast.For(target=ast.Name(id=name), iter=values, body=body):
            inside: Sequence[ast.AST] = body
        case ast.ListComp(elt=made, generators=[ast.comprehension(target=ast.Name(id=name), iter=values)]):
            inside = [made]
        case _:
            return
    calls = (n for top in inside for n in _walk_outside(top) if isinstance(n, ast.Call))
    given = (g for call in calls for g in list_reached(call, paths, naming))
    first = next((g for g in given if isinstance(g.value, ast.Name) and g.value.id == name), None)
    if first is not None and first.name:
        yield Flow(first.path, first.name, "", values, in_turn=True)


def _walk_outside(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a text in its order, but not into functions: those see no parameters."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, _SCOPES):
            yield from _walk_outside(child)
