"""Unseeded calls: those of libraries that would draw for want of a seed, in branches that were not taken."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

from nbmlops.capture.roots import find_chain
from nbmlops.capture.scene import home_of, read_dictionary
from nbmlops.values.structure import mro_of, vars_of

__all__ = ["find_unseeded", "list_unseeded"]

_CALL, _FIT, _SAMPLE = "unseeded call ", "unseeded fit ", "unseeded sample"
_BUILTINS = frozenset(dir(builtins))
_SEEDS = frozenset({"random_state", "seed", "rng", "random_seed"})
"""Parameters for what is drawn from; without them it is the global stream."""
_FITS = frozenset({"fit", "fit_transform", "fit_predict", "fit_resample", "partial_fit", "split"})
_BRANCHES = (ast.If, ast.IfExp, ast.BoolOp, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match)
_LAYERS = ("torch.nn.", "torch.utils.data.")


def find_unseeded(nodes: Sequence[ast.AST], local: Collection[str] | None = None) -> frozenset[str]:
    """Return the calls in a tree, given as its nodes, that have no seed, to be looked up as it runs.

    `local` are the names that mean something only within a function; None says that the tree is a
    statement, of which only what lies in a branch may not have run.
    """
    branched = {id(n) for branch in nodes if isinstance(branch, _BRANCHES) for n in ast.walk(branch)}
    found: set[str] = set()
    for node in nodes:
        inside = id(node) in branched
        if isinstance(node, ast.Call) and (inside or local is not None) and not _is_seeded(node):
            found.update(_read_call(node, nodes, local or (), inside))
    return frozenset(found)


def _is_seeded(call: ast.Call) -> bool:
    return any(k.arg in _SEEDS for k in call.keywords)


def _read_call(
    call: ast.Call, nodes: Sequence[ast.AST], local: Collection[str], inside: bool
) -> Iterator[str]:
    chain = find_chain(call.func)
    if chain and chain[0] not in local and chain[0] not in _BUILTINS:
        yield _CALL + ".".join(chain)
    elif chain and chain[-1] == "sample":
        yield _SAMPLE
    if inside and isinstance(call.func, ast.Attribute) and call.func.attr in _FITS:
        yield from (_FIT + ".".join(made) for made in _list_makers(call.func.value, nodes, local))


def _list_makers(
    owner: ast.expr, nodes: Sequence[ast.AST], local: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """Yield the dotted names of the classes that what is fitted may be of, and of the object itself."""
    values: list[ast.expr] = [owner]
    if isinstance(owner, ast.Name):
        assigned = [n for n in nodes if isinstance(n, ast.Assign)]
        values += [n.value for n in assigned for t in n.targets if ast.dump(t) == _STORED.format(owner.id)]
    for value in values:
        if isinstance(value, ast.Call) and _is_seeded(value):
            continue
        chain = find_chain(value.func if isinstance(value, ast.Call) else value)
        if chain and chain[0] not in local:
            yield chain


_STORED = "Name(id='{}', ctx=Store())"


def list_unseeded(tuned: Collection[str], namespace: Mapping[str, Any]) -> set[str]:
    """Return the global random streams that such calls would draw from, by what their names mean."""
    found: set[str] = set()
    for key in tuned:
        if key == _SAMPLE:
            found.add("numpy")
        elif key.startswith(_CALL):
            found.update(_judge_called(_resolve(key.removeprefix(_CALL), namespace)))
        elif key.startswith(_FIT):
            found.update(_judge_fitted(_resolve(key.removeprefix(_FIT), namespace)))
    return found


def _resolve(text: str, namespace: Mapping[str, Any]) -> Any:
    """Return what a dotted name means, as far as modules go; none of its code runs."""
    root, *path = text.split(".")
    value = namespace.get(root)
    for name in path:
        if not issubclass(type(value), ModuleType):
            return None
        value = object.__getattribute__(value, "__dict__").get(name)
    return value


def _judge_called(value: Any) -> Iterator[str]:
    if issubclass(type(value), type):
        yield from ("torch",) if home_of(value).startswith(_LAYERS) else ()
        return
    function = _unwrap(value)
    if function is not None and _wants_seed(function):
        yield "numpy"
        yield from ("random",) if str(function.__module__).startswith("networkx.") else ()


def _judge_fitted(value: Any) -> Iterator[str]:
    """An estimator draws from numpy's stream where it was made without a random state."""
    if not issubclass(type(value), type):
        held = read_dictionary(value)
        yield from ("numpy",) if any(name in held and held[name] is None for name in _SEEDS) else ()
        return
    makers = (vars_of(base).get("__init__") for base in mro_of(value))
    function = next((f for f in map(_unwrap, makers) if f is not None), None)
    yield from ("numpy",) if function is not None and _wants_seed(function) else ()


def _unwrap(value: Any) -> FunctionType | None:
    """Return the plain function behind decorators; None for anything else."""
    while type(value) is FunctionType and type(value.__dict__.get("__wrapped__")) is FunctionType:
        value = value.__dict__["__wrapped__"]
    return value if type(value) is FunctionType else None


def _wants_seed(function: FunctionType) -> bool:
    """Say whether a function has a parameter for a seed, which is None unless it is given."""
    code = function.__code__
    placed = code.co_varnames[: code.co_argcount]
    given = function.__defaults__ or ()
    defaults: dict[str, Any] = dict(zip(placed[len(placed) - len(given) :], given, strict=True))
    defaults |= function.__kwdefaults__ or {}
    return any(name in defaults and defaults[name] is None for name in _SEEDS)
