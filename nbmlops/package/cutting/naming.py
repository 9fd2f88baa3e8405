"""Names of constants: taken from the words of the expressions that they stand for."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection

__all__ = ["free_name", "name_constant"]

_LONGEST = 40


def name_constant(tree: ast.expr) -> str:
    """Return a name in capitals that says what an expression computes."""
    words: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.append(node.value)
        elif isinstance(node, ast.Attribute):
            words.append(node.attr)
    if not words:
        words = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    cleaned = [re.sub(r"[^0-9A-Za-z]+", "_", word).strip("_").upper() for word in reversed(words)]
    text = "_".join(dict.fromkeys(word for word in cleaned if word))[:_LONGEST].strip("_") or "LEARNED"
    return f"N_{text}" if text[0].isdigit() else text


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return `wanted`, with a number where the name is taken already."""
    name, number = wanted, 2
    while name in taken or keyword.iskeyword(name):
        name, number = f"{wanted}_{number}", number + 1
    return name
