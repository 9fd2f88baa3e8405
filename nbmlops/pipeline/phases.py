"""Phases: what a statement does on the way to a model: load, prepare, split, fit or evaluate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from enum import IntEnum

from nbmlops.pipeline.parts import Part

__all__ = ["Phase", "find_phases", "name_source"]


class Phase(IntEnum):
    """The phases in the order in which they are met."""

    LOAD = 0
    PREPARE = 1
    SPLIT = 2
    FIT = 3
    EVALUATE = 4


_LOADS = re.compile(
    r"(read|load|fetch)(_\w+)?|loads|loadtxt|genfromtxt|urlopen|make_(?!pipeline|union|column)\w+"
)
_SPLITS = frozenset({"train_test_split", "random_split"})
_FITS = frozenset({"fit", "partial_fit", "fit_predict", "train"})
_EVALUATES = re.compile(
    r"score|score_samples|predict(_\w+)?|decision_function|cross_val\w+|learning_curve|validation_curve"
    r"|permutation_importance|classification_report|confusion_matrix|\w+_(score|error|curve|loss)"
)
_APART = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def find_phases(parts: Sequence[Part]) -> list[Phase]:
    """Return the phase of each statement; what only names or makes something belongs to what follows."""
    found = [_find_phase(part) for part in parts]
    following: Phase | None = None
    for position in range(len(found) - 1, -1, -1):
        following = found[position] = following if found[position] is None else found[position]
    before = Phase.PREPARE
    phases = []
    for phase in found:
        before = before if phase is None else phase
        phases.append(before)
    return phases


def _find_phase(part: Part) -> Phase | None:
    calls = {_last_name(call.func) for call in _list_calls(part.tree)}
    if any(_EVALUATES.fullmatch(call) for call in calls) and not calls & _FITS:
        return Phase.EVALUATE
    if calls & _FITS:
        return Phase.FIT
    if calls & _SPLITS:
        return Phase.SPLIT
    reads = {r.resource.kind for r in part.statement.reads}
    if any(_LOADS.fullmatch(call) for call in calls) or reads & {"file", "outside"}:
        return Phase.LOAD
    return None if _only_names(part.tree.body) else Phase.PREPARE


def _only_names(body: Sequence[ast.stmt]) -> bool:
    """Whether statements only name a constant, or make an object of a class, such as an estimator."""
    match body:
        case [ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value)]:
            made = isinstance(value, ast.Call) and _last_name(value.func)
            return bool(made and (made[0].isupper() or made.startswith("make_"))) or _is_constant(value)
    return all(
        isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef) for node in body
    )


def _is_constant(node: ast.expr) -> bool:
    return not any(isinstance(n, ast.Name | ast.Call) for n in ast.walk(node))


def _list_calls(node: ast.AST) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _APART):
            yield from _list_calls(child)


def _last_name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def name_source(part: Part) -> str:
    """Return the name of the data that a statement loads, where its text says it: `adult`, `digits`."""
    for call in _list_calls(part.tree):
        last = _last_name(call.func)
        found = re.fullmatch(r"(?:load|fetch|make)_(\w+)", last)
        if found and _LOADS.fullmatch(last):
            return "" if last.startswith("make_") else found[1]
        if _LOADS.fullmatch(last) and call.args:
            match call.args[0]:
                case ast.Constant(value=str(path)):
                    return re.split(r"[\\/]", path)[-1].partition(".")[0]
    return ""
