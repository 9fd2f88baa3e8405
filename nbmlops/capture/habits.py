"""Habits: what the person's own functions write to, and through all the functions that they call."""

from __future__ import annotations

import ast
import linecache
import types
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from nbmlops.capture.callables import Callables, Called
from nbmlops.capture.roots import Roots
from nbmlops.capture.tuning import find_settings
from nbmlops.capture.unseeded import find_unseeded
from nbmlops.capture.untaken import find_untaken
from nbmlops.capture.writes import ANY, Passing, Text, list_parameters, read_text
from nbmlops.values.structure import is_local, locate

__all__ = ["Followed", "follow_calls"]

_MOST = 500
_ROUNDS = 5
_INERT = frozenset(
    {"print", "len", "isinstance", "issubclass", "repr", "str", "type", "display", "hasattr", "callable"}
    | {"id", "help", "hash", "dir", "int", "float", "bool", "range"}
)
"""Functions that call nothing which they are given, but to show it."""
_MOST_FILES = 20
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Callable: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_files: dict[str, tuple[list[str], dict[int, list[_Callable]]]] = {}
_texts: weakref.WeakKeyDictionary[types.CodeType, _Body] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Body:
    """A function's own text: its parameters, and what it writes to and calls."""

    parameters: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    defaults: frozenset[str] = frozenset()
    text: Text = field(default_factory=lambda: Text({}, ()))
    settings: frozenset[str] = frozenset()


@dataclass(slots=True)
class Followed:
    """What calls may write to.

    `changed` are names, in a function its parameters and what it closes over; `outer` names of the
    notebook; each says whether deep in what it holds. `settings` are keys of what is ambient.
    """

    changed: dict[str, bool] = field(default_factory=dict)
    outer: dict[str, bool] = field(default_factory=dict)
    settings: set[str] = field(default_factory=set)

    def count(self) -> int:
        """Return how much is known, to tell when nothing is added any more."""
        return len(self.changed) + len(self.outer) + len(self.settings) + sum(self.changed.values())


def follow_calls(text: Text, namespace: Mapping[str, Any]) -> Followed:
    """Return what the calls of a statement may write to, through functions of the person's own."""
    walk = _Walk(namespace)
    while True:
        before = walk.count()
        found = Followed()
        walk.follow_text(text, None, found)
        if walk.count() == before or walk.rounds >= _ROUNDS:
            return found
        walk.start_round()


class _Walk:
    """One statement's walk over the graph of calls; functions that call one another are met repeatedly."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._callables = Callables(namespace)
        self._namespace = namespace
        self._known: dict[int, tuple[types.FunctionType, Followed]] = {}
        self._done: set[int] = set()
        self.rounds = 0

    def start_round(self) -> None:
        """Go over all functions once more."""
        self._done.clear()
        self.rounds += 1

    def count(self) -> int:
        """Return how much is known of all functions."""
        return len(self._known) + sum(found.count() for _, found in self._known.values())

    def _study(self, function: types.FunctionType) -> Followed:
        number = locate(function)
        if number not in self._known:
            if len(self._known) >= _MOST:
                return Followed()
            self._known[number] = function, Followed()
        found = self._known[number][1]
        if number in self._done:
            return found
        self._done.add(number)
        body = _read_body(function)
        free = {*function.__code__.co_freevars, *body.parameters, *body.surplus}
        for name, deep in body.text.written.items():
            self._write(found, name, deep, free, function)
        found.settings |= body.settings
        inside = Followed()
        self.follow_text(body.text, function, inside)
        for name, deep in inside.changed.items():
            self._write(found, name, deep, free, function)
        found.settings |= inside.settings
        _join(found.outer, inside.outer)
        return found

    def follow_text(self, text: Text, function: types.FunctionType | None, found: Followed) -> None:
        """Add what the calls and the syntax of a function, or of the statement itself, may write to."""
        for passing in text.passings:
            self.follow(passing, function, found)
        for name, called in self._callables.list_protocols(sorted(text.names), text.protocols, function):
            self._hand(called, {}, [], found)
            effect = self._study(called.function)
            if any(n in effect.changed for n in _read_body(called.function).parameters[:1]):
                _add_roots(found, {name: 0}, True)

    def _write(
        self, found: Followed, name: str, deep: bool, free: set[str], function: types.FunctionType
    ) -> None:
        if name in free:
            _join(found.changed, {name: deep})
        elif function.__globals__ is self._namespace:
            _join(found.outer, {name: deep})
        elif is_local(function.__module__) and function.__module__ != "__main__":
            found.settings.add(f"module {function.__module__}")

    def follow(self, passing: Passing, function: types.FunctionType | None, found: Followed) -> None:
        """Add what a call in a function, or in the statement itself, may write to."""
        if passing.callee[-1] == ANY:
            called = list(self._callables.list_methods(passing.callee[0], function))
        else:
            called = list(self._callables.resolve(passing.callee, function, passing.looked))
        for each in called:
            self._apply(each, passing, found)
        if passing.looked:
            return
        if passing.callee[-1] in _INERT and not called:
            return
        for argument in passing.given:
            handed = list(self._callables.resolve(argument.chain, function)) if argument.chain else []
            others = [passing.receiver, *(a.roots for a in passing.given if a is not argument)]
            for each in handed:
                self._hand(each, argument.roots, others, found)
        beside = [passing.receiver, *(a.roots for a in passing.given)]
        for chain in passing.within:
            for each in self._callables.resolve(chain, function):
                self._hand(each, {chain[0]: 0}, beside, found)
        if not called or called[0].receiver == "receiver":
            value = self._callables.find_value(passing.callee[:1], function)
            roots = passing.receiver or {passing.callee[0]: 0}
            for each in self._callables.list_held(value):
                self._hand(each, roots, [a.roots for a in passing.given], found)

    def _apply(self, called: Called, passing: Passing, found: Followed) -> None:
        """Add what a function writes to that is called with known arguments."""
        effect = self._study(called.function)
        _join(found.outer, effect.outer)
        found.settings |= effect.settings
        body = _read_body(called.function)
        owner = passing.receiver or {passing.callee[0]: 0}
        for name, deep in effect.changed.items():
            for roots in _match(name, body, called, passing, owner):
                _add_roots(found, roots, deep)

    def _hand(self, called: Called, own: Roots, others: Iterable[Roots], found: Followed) -> None:
        """Add what a function may write to that is handed on: any part of what is there beside it."""
        effect = self._study(called.function)
        _join(found.outer, effect.outer)
        found.settings |= effect.settings
        body = _read_body(called.function)
        parameters = (*body.parameters, *body.surplus)
        for name in effect.changed:
            if name not in parameters:
                _add_roots(found, own, True)
                continue
            if name in body.defaults:
                _add_roots(found, own, True)
            if parameters.index(name) >= called.bound:
                for roots in others:
                    _add_roots(found, roots, True)


def _match(name: str, body: _Body, called: Called, passing: Passing, owner: Roots) -> Iterator[Roots]:
    """Yield what a call gives for a name that the called function writes to."""
    held = dict.fromkeys(owner, 1)
    placed = [a for a in passing.given if a.name in ("", "*")]
    if name in body.surplus:
        yield from (a.roots for a in placed[max(len(body.parameters) - called.bound, 0) :])
        yield from (a.roots for a in passing.given if a.name in ("*", "**"))
        yield from (a.roots for a in passing.given if a.name and a.name not in body.parameters)
        return
    at = body.parameters.index(name) - called.bound if name in body.parameters else -1
    if name not in body.parameters:
        yield held
    elif at < 0:
        if called.receiver != "fresh":
            yield owner if called.receiver == "receiver" else held
    else:
        found = [a.roots for a in passing.given if a.name == name]
        found += [a.roots for a in passing.given if a.name in ("*", "**")]
        found += [placed[at].roots] if at < len(placed) else []
        yield from found or [held]


def _add_roots(found: Followed, roots: Roots, deep: bool) -> None:
    for name, depth in roots.items():
        if depth >= 0 or deep:
            _join(found.changed, {name: deep or depth > 0})


def _join(into: dict[str, bool], more: Mapping[str, bool]) -> None:
    for name, deep in more.items():
        into[name] = into.get(name, False) or deep


def _read_body(function: types.FunctionType) -> _Body:
    code = function.__code__
    known = _texts.get(code)
    if known is None:
        known = _texts[code] = _parse_body(function)
    return known


def _parse_body(function: types.FunctionType) -> _Body:
    """Read a function's own text; one that is not to be found tells nothing."""
    tree = _find_tree(function)
    if tree is None:
        return _Body()
    body = [tree.body] if isinstance(tree, ast.Lambda) else tree.body
    nodes = [n for statement in body for n in ast.walk(statement)]
    surplus = tuple(a.arg for a in (tree.args.vararg, tree.args.kwarg) if a)
    parameters = tuple(n for n in list_parameters(tree.args) if n not in surplus)
    within = [list_parameters(n.args) for n in nodes if isinstance(n, _FUNCTIONS)]
    declared = {name for n in nodes if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    stored |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    hidden = (stored | {name for names in within for name in names}) - declared - {*parameters, *surplus}
    text = read_text(nodes, parameters[0] if parameters else "", hidden, _find_rebound(body, parameters))
    written = dict.fromkeys(stored & declared, False) | dict(text.written)
    placed = [a.arg for a in (*tree.args.posonlyargs, *tree.args.args)]
    defaults = placed[len(placed) - len(tree.args.defaults) :]
    defaults += [a.arg for a, d in zip(tree.args.kwonlyargs, tree.args.kw_defaults, strict=True) if d]
    local = (stored | {*parameters, *surplus}) - declared
    settings = find_settings(nodes) | find_untaken(nodes, local) | find_unseeded(nodes, local)
    return _Body(parameters, surplus, frozenset(defaults), replace(text, written=written), settings)


def _find_tree(function: types.FunctionType) -> _Callable | None:
    code = function.__code__
    wanted = code.co_varnames[: code.co_argcount]
    for node in _read_callables(code.co_filename, function.__globals__).get(code.co_firstlineno, ()):
        if isinstance(node, ast.Lambda) != (code.co_name == "<lambda>"):
            continue
        if not isinstance(node, ast.Lambda) or list_parameters(node.args)[: len(wanted)] == wanted:
            return node
    return None


def _read_callables(file: str, space: dict[str, Any]) -> dict[int, list[_Callable]]:
    """Return what can be called in a cell or a module, by the line that its code begins at.

    Nothing of `inspect` is asked: it resolves the paths of all modules to find that a cell is none.
    """
    linecache.checkcache(file)
    lines = linecache.getlines(file, space)
    known = _files.get(file)
    if known is not None and known[0] is lines:
        return known[1]
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return {}
    found: dict[int, list[_Callable]] = {}
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            decorators: list[ast.expr] = getattr(node, "decorator_list", [])
            found.setdefault(min(d.lineno for d in (node, *decorators)), []).append(node)
    while len(_files) >= _MOST_FILES:
        del _files[next(iter(_files))]
    _files[file] = lines, found
    return found


def _find_rebound(body: Iterable[ast.AST], parameters: Iterable[str]) -> dict[str, int]:
    """Return the parameters that the body itself, in no branch, binds anew, with the line of that."""
    found: dict[str, int] = {}
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in parameters:
                    found.setdefault(target.id, node.end_lineno or node.lineno)
    return found
