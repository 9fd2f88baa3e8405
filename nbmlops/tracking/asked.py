"""Asked rows: with which rows and true values a notebook measured a model last, by its own text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbmlops.core.history import History

__all__ = ["AskedRows", "find_asked"]

_SCORING = re.compile(r"(score|error|loss|deviance|report|matrix|curve)$")
_ANSWERS = ("predict", "predict_proba", "decision_function")


@dataclass(frozen=True, slots=True)
class AskedRows:
    """The expressions of the rows and of their true values, and the execution that measured with them.

    `changed` are names of them, or the model, that a later statement may have changed.
    """

    rows: str
    truth: str
    execution: int
    changed: tuple[str, ...] = ()


def find_asked(history: History, name: str) -> AskedRows | None:
    """Return what a model was measured with last: ``m.score(X, y)`` or ``f(y, m.predict(X))``; else None."""
    answers: dict[str, str] = {}
    found: AskedRows | None = None
    changed: dict[str, None] = {}
    for statement in history.statements():
        tree = _parse(statement.code)
        measured = None if tree is None else _find_measured(tree, name, answers)
        effects = {e.resource.key for e in statement.effects if e.resource.kind == "name"}
        answers = {key: rows for key, rows in answers.items() if key not in effects}
        if tree is not None:
            answers.update(_find_answers(tree, name))
        if measured is not None:
            found, changed = AskedRows(*measured, statement.execution), {}
        elif found is not None:
            names = {name, *_list_names(found.rows), *_list_names(found.truth)}
            changed.update(dict.fromkeys(sorted(names & effects)))
    return None if found is None else AskedRows(found.rows, found.truth, found.execution, tuple(changed))


def _parse(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _find_measured(tree: ast.Module, name: str, answers: dict[str, str]) -> tuple[str, str] | None:
    known = {**answers, **dict(_find_answers(tree, name))}
    found = None
    for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) >= 2]:
        one, other = call.args[:2]
        if _is_method(call, name, ("score",)):
            found = (ast.unparse(one), ast.unparse(other))
        elif _SCORING.search(ast.unparse(call.func)):
            rows = _rows_of(other, name, known)
            found = found if rows is None else (rows, ast.unparse(one))
    return found


def _rows_of(node: ast.expr, name: str, answers: dict[str, str]) -> str | None:
    """Return the rows that an expression is the answers of a model to, or one column of them."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        return answers.get(node.id)
    if isinstance(node, ast.Call) and node.args and _is_method(node, name, _ANSWERS):
        return ast.unparse(node.args[0])
    return None


def _find_answers(tree: ast.Module, name: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            rows = _rows_of(node.value, name, {})
            if rows is not None:
                yield node.targets[0].id, rows


def _is_method(call: ast.Call, name: str, methods: tuple[str, ...]) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in methods
        and ast.unparse(function.value) == name
    )


def _list_names(text: str) -> set[str]:
    tree = _parse(text)
    return set() if tree is None else {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
