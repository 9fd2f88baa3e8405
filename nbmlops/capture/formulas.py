"""Formulas in statements: the names that a query or a formula looks up, though no code mentions them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbmlops.core.formula import EVALUATORS, list_formula_names

__all__ = ["find_evaluated_names", "find_formula_names"]

_ANY_NAME = frozenset({"globals", "locals", "vars", "compile", "get_ipython"})
_EVALUATOR = re.compile("|".join(sorted(EVALUATORS)))


def find_formula_names(node: ast.stmt, code: str, namespace: Mapping[str, Any]) -> frozenset[str]:
    """Return the notebook's names that stand in texts which a statement has evaluated.

    The texts are constants within the call, and the values of names that are given to it.
    """
    found: set[str] = set()
    if not _EVALUATOR.search(code):
        return frozenset()
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        match call.func:
            case ast.Attribute(attr=name, value=owner):
                home = owner.id if isinstance(owner, ast.Name) else ""
            case ast.Name(id=name):
                home = ""
            case _:
                continue
        if name in EVALUATORS:
            for text in _list_texts(call, namespace):
                found |= list_formula_names(text, frozenset({name}), home)
    return frozenset(name for name in found if name in namespace)


def find_evaluated_names(node: ast.stmt, namespace: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the names in the texts that a statement gives to ``eval`` and ``exec``.

    None where anything else in it may look up any name, or where a text cannot be known beforehand.
    """
    found: set[str] = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Attribute) and call.attr in {"run_line_magic", "run_cell_magic"}:
            return None
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        if call.func.id in _ANY_NAME:
            return None
        if call.func.id in {"eval", "exec"}:
            texts = list(_list_texts(call, namespace))
            plain = [a for a in call.args if isinstance(a, ast.Constant | ast.Name)]
            if call.keywords or len(call.args) != 1 or len(plain) != 1 or len(texts) != 1:
                return None
            names = _list_code_names(texts[0])
            if names is None:
                return None
            found |= names
    return frozenset(found)


def _list_code_names(text: str) -> set[str] | None:
    try:
        tree = ast.parse(text.strip())
    except SyntaxError:
        return None
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return None if names & (_ANY_NAME | {"eval", "exec"}) else names


def _list_texts(call: ast.Call, namespace: Mapping[str, Any]) -> Iterator[str]:
    for argument in (*call.args, *(k.value for k in call.keywords)):
        for inner in ast.walk(argument):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield inner.value
            elif isinstance(inner, ast.Name) and type(value := namespace.get(inner.id)) is str:
                yield value
