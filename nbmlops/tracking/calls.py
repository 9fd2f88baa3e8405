"""Calls: functions of the notebook that train a model, throw it away and give only numbers back."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbmlops.core.flows import is_training
from nbmlops.core.history import Statement
from nbmlops.core.learned import ModelSeen, Parameters, Scalar
from nbmlops.tracking.lineage import Ancestry

__all__ = ["Call", "find_calls"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SIMPLE = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose model nobody saw: what its code says of the model, and what it was given.

    `turn` is what the loops were at among whose turns it is one.
    """

    model: ModelSeen
    parameters: Parameters
    turn: Parameters = ()


def find_calls(position: int, statements: Sequence[Statement], ancestry: Ancestry) -> tuple[Call, ...]:
    """Return the calls in a statement of functions that train, where it came out with numbers.

    Of the models themselves nothing was seen: the first call stands for all of them, and for each turn of a
    loop that gave it something else there is one.
    """
    statement = statements[position]
    if statement.outcome != "ok" or "(" not in statement.code or not _gives_numbers(statement):
        return ()
    defined = dict(_list_functions(statements[p].code for p in sorted(ancestry.makers(position))))
    training = {name for name, function in defined.items() if any(map(is_training, ast.walk(function)))}
    training |= {n for n, function in defined.items() if training & set(_list_called(function))}
    if not training:
        return ()
    tree = _parse(statement.code)
    if any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in tree.body):
        return ()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in training:
                model = ModelSeen("", _name_type(name, defined), fitted=True)
                return tuple(
                    Call(model, tuple(_list_given(node, defined[name], dict(turn)).items()), turn)
                    for turn in _list_turns(statement, name) or [()]
                )
    return ()


def _list_turns(statement: Statement, name: str) -> list[Parameters]:
    """Return what each turn of the loops gave, of whose numbers a function's call is part."""
    measures = statement.learned.measures if statement.learned else ()
    return [*dict.fromkeys(m.turns for m in measures if name in m.names and m.turns)]


def _gives_numbers(statement: Statement) -> bool:
    if statement.learned is not None and statement.learned.measures:
        return True
    return any(type(e.scalar) in (int, float) for e in statement.effects if e.resource.kind == "name")


def _parse(code: str) -> ast.Module:
    try:
        return ast.parse(code)
    except SyntaxError:  # a magic that has no plain form
        return ast.Module([], [])


def _list_functions(codes: Iterator[str]) -> Iterator[tuple[str, _Function]]:
    for code in codes:
        for node in _parse(code).body if "def " in code else ():
            if isinstance(node, _Function):
                yield node.name, node


def _list_called(function: _Function) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _name_type(name: str, defined: dict[str, _Function]) -> str:
    """Return the one class that a function makes and trains, or else the function's name."""
    inner = [name, *(called for called in _list_called(defined[name]) if called in defined)]
    made: set[str] = set()
    for one in inner:
        for node in ast.walk(defined[one]):
            if is_training(node):
                made |= {_name_made(part) for part in _list_trained(node, defined[one])}
    return made.pop() if len(made) == 1 and "" not in made else f"{name}()"


def _list_trained(node: ast.AST, function: _Function) -> Iterator[ast.expr]:
    """Yield what a call trains, or what the name was bound to that it trains."""
    match node:
        case ast.Call(func=ast.Attribute(value=receiver, attr=attribute)) if "cross_val" not in attribute:
            found = receiver
        case ast.Call(args=[first, *_]):
            found = first
        case _:
            return
    if not isinstance(found, ast.Name):
        yield found
        return
    values = [
        inner.value
        for inner in ast.walk(function)
        if isinstance(inner, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == found.id for t in inner.targets)
    ]
    yield from values or [found]


def _name_made(node: ast.expr) -> str:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call() as inner, attr=attribute)) if attribute[
            :1
        ].islower():
            return _name_made(inner)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name[:1].isupper():
            return name
        case ast.Call(func=ast.Name(id="make_pipeline")):
            return "Pipeline"
    return ""


def _list_given(call: ast.Call, function: _Function, turn: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return the literals and the turn's own values that a call gives, by the function's names for them."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    given = [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords if k.arg)]
    found: dict[str, Scalar] = {}
    rest = dict(turn)
    for name, value in given:
        if isinstance(value, ast.Constant) and isinstance(value.value, _SIMPLE):
            found[name] = value.value
        elif isinstance(value, ast.Name) and value.id in turn:
            found[name] = turn[value.id]
            rest.pop(value.id, None)
    return found | {name: value for name, value in rest.items() if name not in found}
