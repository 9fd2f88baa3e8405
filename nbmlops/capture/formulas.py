"""Formulas in statements: the names that a query or a formula looks up, though no code mentions them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbmlops.core.formula import EVALUATORS, list_formula_names

__all__ = ["find_formula_names"]

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


def _list_texts(call: ast.Call, namespace: Mapping[str, Any]) -> Iterator[str]:
    for argument in (*call.args, *(k.value for k in call.keywords)):
        for inner in ast.walk(argument):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield inner.value
            elif isinstance(inner, ast.Name) and type(value := namespace.get(inner.id)) is str:
                yield value
