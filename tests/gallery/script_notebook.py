"""Script notebooks: a gallery script with `# %%` cells becomes the notebook that its author had in mind."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NotebookCell", "cut_script", "list_scripts", "write_notebook"]

_BREAK = re.compile(r"# ?%%(?P<title>.*)|#{20,}\s*")


@dataclass(frozen=True)
class NotebookCell:
    """A cell of the notebook: `kind` is ``code`` or ``markdown``."""

    id: str
    kind: str
    source: str


def list_scripts(folder: Path) -> list[str]:
    """Return the scripts below a folder by relative path: small ones first, those that download last."""
    found = [p for p in folder.rglob("*.py") if not p.name.startswith(("_", "test_"))]
    ordered = sorted(found, key=lambda p: ("fetch_" in p.read_text("utf-8"), p.stat().st_size, p.as_posix()))
    return [p.relative_to(folder).as_posix() for p in ordered]


def cut_script(text: str) -> tuple[NotebookCell, ...]:
    """Cut a script into cells: its docstring, and at each break the comment below it, become markdown."""
    title, rest = _take_docstring(text)
    cells = [("markdown", title)] if title else []
    first, *others = _split_blocks(rest)
    for comment, code in [("", "\n".join(first).strip("\n")), *map(_split_comment, others)]:
        cells += [("markdown", comment)] if comment else []
        cells += [("code", code)] if code else []
    return tuple(NotebookCell(f"cell-{n}", kind, source) for n, (kind, source) in enumerate(cells, 1))


def write_notebook(cells: tuple[NotebookCell, ...], path: Path) -> None:
    """Write the cells as a notebook's file."""
    code = {"execution_count": None, "outputs": []}
    listed = [
        {"cell_type": c.kind, "id": c.id, "metadata": {}, "source": c.source}
        | (code if c.kind == "code" else {})
        for c in cells
    ]
    notebook = {"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook, indent=1), "utf-8")


def _take_docstring(text: str) -> tuple[str, str]:
    body = ast.parse(text).body
    title = ast.get_docstring(ast.parse(text))
    if title is None:
        return "", text
    last = body[0].end_lineno or 0
    return _spell_heading(title), "\n".join(text.split("\n")[last:])


def _spell_heading(title: str) -> str:
    """Turn the underlined titles of a text into headings as markdown has them."""
    lines = [line for line in title.split("\n") if not re.fullmatch(r"\s*={3,}\s*", line)]
    return "\n".join([f"# {lines[0].strip()}", *lines[1:]]) if lines else ""


def _split_blocks(text: str) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        found = _BREAK.fullmatch(line)
        if found is None:
            blocks[-1].append(line)
        else:
            title = (found["title"] or "").strip()
            blocks.append([f"# {title}"])
    return blocks


def _split_comment(block: list[str]) -> tuple[str, str]:
    """Separate the comment that opens a block after a break from the code below it."""
    count = next((n for n, line in enumerate(block) if not line.startswith("#")), len(block))
    comment = [line.removeprefix("#").removeprefix(" ") for line in block[:count]]
    return _underline_heading(comment), "\n".join(block[count:]).strip("\n")


def _underline_heading(lines: list[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if kept and kept[-1].strip() and re.fullmatch(r"[-=~^*\"'`]{3,}", line.strip()):
            kept[-1] = f"## {kept[-1].strip()}"
        else:
            kept.append(line)
    return "\n".join(kept).strip()
