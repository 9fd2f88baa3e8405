"""Text: change and indent the user's own source without touching anything else in it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from nbmlops.pipeline.parameters import Replacement

__all__ = ["drop_annotations", "indent_code", "replace_literals", "spell_await", "spell_dynamic"]


def replace_literals(code: str, replacements: Iterable[Replacement], owner: str) -> str:
    """Put ``owner.parameter`` in the place of each literal, or a new list of it where it was a list."""
    lines = [line.encode() for line in code.split("\n")]
    for r in sorted(replacements, key=lambda r: (r.line, r.column), reverse=True):
        before = lines[r.line - 1][: r.column]
        after = lines[r.end_line - 1][r.end_column :]
        value = f"list({owner}.{r.parameter})" if r.as_list else f"{owner}.{r.parameter}"
        lines[r.line - 1 : r.end_line] = [before + value.encode() + after]
    return b"\n".join(lines).decode()


def drop_annotations(code: str, names: Collection[str]) -> str:
    """Take the annotations off names that a function declares global: Python forbids both together."""
    lines = [line.encode() for line in code.split("\n")]
    found = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.AnnAssign) and n.simple]
    for node in sorted(found, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        if isinstance(node.target, ast.Name) and node.target.id in names:
            row, end = node.target.end_lineno or 1, node.target.end_col_offset or 0
            last, stop = node.annotation.end_lineno or 1, node.annotation.end_col_offset or 0
            begin = lines[row - 1][:end] if node.value is not None else b"pass"
            lines[row - 1 : last] = [begin + lines[last - 1][stop:]]
    return b"\n".join(lines).decode()


def spell_dynamic(code: str) -> str:
    """Let ``exec`` and the like see the module's names from within a function, as they did in a cell."""
    lines = [line.encode() for line in code.split("\n")]
    calls = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset), reverse=True):
        row, end = (call.end_lineno or 1) - 1, call.end_col_offset or 0
        name = call.func.id  # type: ignore[attr-defined]
        if name == "exec" and len(call.args) == 1 and not call.keywords:
            lines[row] = lines[row][: end - 1].rstrip(b", ") + b", globals())" + lines[row][end:]
        elif name in {"locals", "vars"} and not call.args and call.lineno - 1 == row:
            lines[row] = lines[row][: call.col_offset] + b"globals()" + lines[row][end:]
    return b"\n".join(lines).decode()


def spell_await(code: str, binds: Collection[str]) -> str:
    """Wrap a statement that awaits at the top level, which only IPython allows, in a coroutine.

    `binds` are the names that it binds for certain.
    """
    tree = ast.parse(code)
    if not any(_awaits(node) for node in tree.body):
        return code
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    if isinstance(tree.body[0], ast.AugAssign):
        read |= set(binds)
    names = ", ".join(sorted(binds))
    given = ", ".join(f"{n}={n}" for n in sorted(read & set(binds)))
    result = f"\n    return {names}" if names else ""
    call = "asyncio.run(_awaited())"
    return f"async def _awaited({given}):\n{indent_code(code)}{result}\n\n" + (
        f"{names} = {call}" if names else call
    )


def _awaits(node: ast.AST) -> bool:
    """Whether a node awaits outside of any function."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return False
    if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
        return True
    inner = isinstance(node, ast.comprehension) and bool(node.is_async)
    return inner or any(_awaits(child) for child in ast.iter_child_nodes(node))


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
