"""Writes: what a statement's text, and that of the functions it calls, would change on other data."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbmlops.values.structure import is_local, mro_of, name_type, vars_of

__all__ = ["Write", "find_calls", "find_written", "list_unshown"]

_CHANGING = frozenset(
    {"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "setdefault", "add"}
    | {"discard", "popitem", "appendleft", "popleft", "set_params", "partial_fit", "fill", "resize", "put"}
    | {"difference_update", "intersection_update", "symmetric_difference_update", "setflags", "shuffle"}
)
_INDEXERS = frozenset({"loc", "iloc", "at", "iat"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_known: weakref.WeakKeyDictionary[types.CodeType, _Habits] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Write:
    """How a name is written to: by the statement's own text, and perhaps deep in what it holds."""

    own: bool
    deep: bool


@dataclass(frozen=True, slots=True)
class _Habits:
    """What a function of the person's own writes to: some of its parameters, and names of the notebook."""

    parameters: tuple[str, ...] = ()
    changed: Mapping[str, bool] = field(default_factory=dict)
    outer: Mapping[str, bool] = field(default_factory=dict)


def find_written(nodes: Iterable[ast.AST]) -> dict[str, bool]:
    """Return the names whose objects a tree writes to; that it binds names is told elsewhere.

    Each says whether what is written to may be something that the name's object holds.
    """
    found: dict[str, bool] = {}
    through: dict[str, set[str]] = {}
    for node in nodes:
        for target in _list_targets(node):
            root = _find_root(target)
            found[root] = found.get(root, False) or not isinstance(target, ast.Name)
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            roots = {root for inner in ast.walk(node.iter) if (root := _find_root(inner))}
            for inner in ast.walk(node.target):
                if isinstance(inner, ast.Name):
                    through.setdefault(inner.id, set()).update(roots)
    for name in found.keys() & through.keys():
        found |= dict.fromkeys(through[name], True)
    found.pop("", None)
    return found


def _list_targets(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions whose values a node writes to."""
    match node:
        case (
            ast.Subscript(value=owner, ctx=ast.Store() | ast.Del())
            | ast.Attribute(value=owner, ctx=ast.Store() | ast.Del())
        ):
            yield owner.value if isinstance(owner, ast.Attribute) and owner.attr in _INDEXERS else owner
        case ast.Call(func=func, keywords=keywords):
            given = {keyword.arg for keyword in keywords}
            if isinstance(func, ast.Attribute) and (func.attr in _CHANGING or "inplace" in given):
                yield func.value
                yield from node.args[:1] if func.attr == "shuffle" else ()
            yield from (keyword.value for keyword in keywords if keyword.arg == "out")


def _find_root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def find_calls(nodes: Iterable[ast.AST]) -> tuple[ast.Call, ...]:
    """Return the calls in a tree that begin with a name."""
    return tuple(n for n in nodes if isinstance(n, ast.Call) and _find_root(n.func))


def list_unshown(
    written: Mapping[str, bool], calls: Iterable[ast.Call], namespace: Mapping[str, Any]
) -> dict[str, Write]:
    """Return what a statement that has run writes to, whether or not it came out different.

    Modules, classes and functions are left out: what is assigned to them is told apart elsewhere.
    """
    found = {name: Write(True, deep) for name, deep in written.items()}
    for call in calls:
        for name, deep in _follow_call(call, namespace):
            found.setdefault(name, Write(False, deep))
    plain = types.ModuleType | types.FunctionType | type
    return {n: w for n, w in found.items() if n in namespace and not issubclass(type(namespace[n]), plain)}


def _follow_call(call: ast.Call, namespace: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    owner = _find_root(call.func)
    value = namespace.get(owner)
    given = list(call.args)
    match call.func:
        case ast.Name():
            function = value
        case ast.Attribute(value=ast.Name(), attr=attribute):
            function = _find_method(type(value), attribute)
            given.insert(0, ast.Name(owner, ast.Load()))
        case _:
            return
    if type(function) is not types.FunctionType or not is_local(function.__module__):
        return
    habits = _study_function(function)
    yield from habits.outer.items()
    named = dict(zip(habits.parameters, given, strict=False))
    named |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    for name, deep in habits.changed.items():
        if name in named and (root := _find_root(named[name])):
            yield root, deep or not isinstance(named[name], ast.Name)


def _find_method(kind: type, name: str) -> object:
    if not is_local(name_type(kind).removesuffix(f".{kind.__qualname__}")):
        return None
    return next((vars_of(base)[name] for base in mro_of(kind) if name in vars_of(base)), None)


def _study_function(function: types.FunctionType) -> _Habits:
    code = function.__code__
    known = _known.get(code)
    if known is None:
        known = _known[code] = _read_habits(function)
    return known


def _read_habits(function: types.FunctionType) -> _Habits:
    """Read a function's own text; one that is not to be found tells nothing."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return _Habits()
    if not isinstance(tree, _Function):
        return _Habits()
    nodes = [n for statement in tree.body for n in ast.walk(statement)]
    parameters = tuple(a.arg for a in (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs))
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    declared = {name for n in nodes if isinstance(n, ast.Global) for name in n.names}
    written = find_written(nodes) | dict.fromkeys(bound & declared, False)
    local = (set(parameters) | bound) - declared
    return _Habits(
        parameters,
        {name: deep for name, deep in written.items() if name in parameters and name not in bound},
        {name: deep for name, deep in written.items() if name not in local},
    )
