"""Notebook text: a history of cells whose evidence is what their text says."""

from __future__ import annotations

import ast
import builtins
import re

from nbmlops.core.history import History
from tests.core.trace import make_history, say

__all__ = ["read_notebook"]


def read_notebook(text: str) -> History:
    """Make a history of cells that are apart by blank lines.

    A line ``## Title`` above a cell is the heading of those that follow, ``%%step NAME`` names its step.
    """
    lines, marks = [], dict[str, str]()
    for cell, block in enumerate(text.strip().split("\n\n"), 1):
        titles = re.findall(r"^## (.+)", block, re.MULTILINE)
        steps = re.findall(r"^%%step (.+)", block, re.MULTILINE)
        code = re.sub(r"^(##|%%step) .+\n?", "", block, flags=re.MULTILINE)
        marks = {k: v for k, v in marks.items() if k == "heading"}
        marks |= {"heading": titles[-1]} if titles else {}
        marks |= {"step": steps[-1]} if steps else {}
        lines += [_say_all(code, node, cell, marks) for node in ast.parse(code).body]
    return make_history(*lines)


def _say_all(block: str, node: ast.stmt, cell: int, marks: dict[str, str]) -> tuple[str, dict[str, object]]:
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    binds = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    binds |= {(a.asname or a.name).partition(".")[0] for n in ast.walk(node) for a in getattr(n, "names", ())}
    reads = {n.id for n in names if isinstance(n.ctx, ast.Load)} - set(dir(builtins))
    reads -= {
        n.id
        for c in ast.walk(node)
        for n in ast.walk(getattr(c, "target", c))
        if isinstance(c, ast.comprehension) and isinstance(n, ast.Name)
    }
    if isinstance(node, ast.FunctionDef):
        binds, reads = {node.name}, set[str]()
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    owners = {c.func.value.id for c in calls if isinstance(c.func.value, ast.Name) and c.func.attr == "fit"}
    changed = (owners | _find_filled(node)) - binds
    return say(
        ast.get_source_segment(block, node) or "",
        cell=cell,
        binds=" ".join(sorted(binds)),
        reads=" ".join(sorted(reads)),
        changes=" ".join(sorted(changed)),
        **marks,
    )


def _find_filled(node: ast.stmt) -> set[str]:
    """Return the names whose items or attributes are assigned."""
    found = [n for n in ast.walk(node) if isinstance(n, ast.Subscript | ast.Attribute)]
    return {n.value.id for n in found if isinstance(n.ctx, ast.Store) and isinstance(n.value, ast.Name)}
