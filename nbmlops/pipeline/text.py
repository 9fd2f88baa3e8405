"""Text: change and indent the user's own source without touching anything else in it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbmlops.pipeline.parameters import Replacement

__all__ = ["indent_code", "replace_literals"]


def replace_literals(code: str, replacements: Iterable[Replacement], owner: str) -> str:
    """Put ``owner.parameter`` in the place of each literal."""
    lines = [line.encode() for line in code.split("\n")]
    for r in sorted(replacements, key=lambda r: (r.line, r.column), reverse=True):
        before = lines[r.line - 1][: r.column]
        after = lines[r.end_line - 1][r.end_column :]
        lines[r.line - 1 : r.end_line] = [before + f"{owner}.{r.parameter}".encode() + after]
    return b"\n".join(lines).decode()


def indent_code(code: str, levels: int = 1) -> str:
    """Indent a statement; lines that lie inside a string stay as they are."""
    inside = _lines_in_strings(code)
    pad = "    " * levels
    return "\n".join(
        line if not line.strip() or number in inside else pad + line
        for number, line in enumerate(code.split("\n"), 1)
    )


def _lines_in_strings(code: str) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(ast.parse(code)):
        is_text = isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        )
        if is_text and node.end_lineno is not None and node.end_lineno > node.lineno:  # type: ignore[attr-defined]
            found |= set(range(node.lineno + 1, node.end_lineno + 1))  # type: ignore[attr-defined]
    return found
