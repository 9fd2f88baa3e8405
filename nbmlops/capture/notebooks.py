"""Notebooks: the files that are run, read, given other parameters, and written with their outputs."""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbmlops.errors import CaptureError

__all__ = ["put_parameters", "read_notebook", "require_output", "write_notebook"]

_MAGIC = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
_SAVE = "Open it in Jupyter and save it again, then retry."
_NAME = "Name a notebook: `nbmlops run NOTEBOOK.ipynb`."


def read_notebook(notebook: Path) -> Any:
    """Read a notebook of any format; raise CaptureError that says why a file is none."""
    import nbformat
    from nbformat.warnings import MissingIDFieldWarning

    content = _read_text(notebook)
    try:
        plain = json.loads(content)
    except ValueError as problem:
        why = f"it is no JSON ({problem})" if content.strip() else "it is empty"
        raise CaptureError(f"'{notebook}' is no notebook: {why}.", _NAME) from problem
    listed = [plain.get(key) for key in ("cells", "worksheets")] if isinstance(plain, dict) else []
    if not any(isinstance(each, list) for each in listed):
        raise CaptureError(f"'{notebook}' is no notebook: it is JSON, but it has no cells.", _NAME)
    try:
        with warnings.catch_warnings():
            # Cells without ids are a matter between nbformat and Jupyter: both add them.
            warnings.simplefilter("ignore", MissingIDFieldWarning)
            document = nbformat.reads(content, as_version=4)
    except Exception as problem:  # nbformat raises a dozen kinds for a damaged notebook
        said = str(problem).strip().partition("\n")[0].rstrip(".") or type(problem).__name__
        raise CaptureError(f"The notebook '{notebook}' is damaged: {said}.", _SAVE) from problem
    for number, cell in enumerate(document.cells, 1):
        if not {"cell_type", "source"} <= cell.keys():
            raise CaptureError(
                f"The notebook '{notebook}' is damaged: cell {number} has no type or source.", _SAVE
            )
    return document


def _read_text(notebook: Path) -> str:
    try:
        return notebook.read_text("utf-8")
    except FileNotFoundError:
        raise CaptureError(f"There is no notebook '{notebook}'.", _suggest_names(notebook)) from None
    except UnicodeDecodeError as problem:
        raise CaptureError(f"'{notebook}' is no notebook: it is not text in UTF-8.", _NAME) from problem
    except OSError as problem:
        then = "Make it readable, then retry." if isinstance(problem, PermissionError) else _NAME
        reason = problem.strerror or str(problem)
        raise CaptureError(f"The notebook '{notebook}' cannot be read: {reason}.", then) from problem


def _suggest_names(notebook: Path) -> str:
    folder = notebook.parent
    there = sorted(p.name for p in folder.glob("*.ipynb")) if folder.is_dir() else []
    close = difflib.get_close_matches(notebook.name, there, n=3)
    if not close:
        return "Check the path, then retry."
    return f"Did you mean {' or '.join(repr(str(folder / name)) for name in close)}?"


def put_parameters(document: Any, parameters: Mapping[str, str], notebook: Path) -> None:
    """Give names other values in the first statement that assigns each, at the top level of a cell."""
    waiting = dict(parameters)
    assigned: set[str] = set()
    for cell in document.cells:
        if cell.cell_type != "code" or not waiting:
            continue
        edits = []
        for name, value in _find_assignments(cell.source):
            assigned.add(name)
            if name in waiting:
                edits.append((value, _spell_literal(waiting.pop(name))))
        for value, literal in reversed(edits):
            cell.source = _replace_span(cell.source, value, literal)
    if waiting:
        name = next(iter(waiting))
        close = difflib.get_close_matches(name, assigned, n=3)
        hint = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
        raise CaptureError(
            f"The notebook '{notebook}' assigns no '{name}' at the top level of a cell.",
            f"{hint}`-p NAME=VALUE` replaces the assignment `NAME = ...`.",
        )


def _find_assignments(source: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a cell binds by themselves at its top level, with the value's place."""
    try:
        tree = ast.parse(_MAGIC.sub(r"\1pass", source))
    except SyntaxError:
        return
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value


def _replace_span(source: str, node: ast.expr, text: str) -> str:
    lines = source.encode().splitlines(keepends=True)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset or 0 :]
    lines[first : last + 1] = [head + text.encode() + tail]
    return b"".join(lines).decode()


def _spell_literal(text: str) -> str:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return repr(text)
    return text.strip()


def require_output(output: Path) -> None:
    """Refuse a place for the executed notebook that cannot be written, before anything is run."""
    folder = output.absolute().parent
    if output.is_dir():
        why = "it is a directory"
    elif not folder.is_dir():
        why = f"there is no directory '{folder}'"
    elif not os.access(output if output.exists() else folder, os.W_OK):
        why = "you may not write there"
    else:
        return
    raise CaptureError(
        f"The executed notebook could not be written to '{output}': {why}.",
        "Choose another `--output`, then run it.",
    )


def write_notebook(document: Any, output: Path) -> None:
    """Write a notebook with its outputs, whole or not at all."""
    import nbformat

    staged = output.with_name(f".{output.name}.part")
    try:
        nbformat.write(document, staged)
        staged.replace(output)
    except OSError as problem:
        staged.unlink(missing_ok=True)
        raise CaptureError(
            f"The executed notebook could not be written to '{output}': {problem.strerror or problem}.",
            "What was recorded is kept; free some space or choose another `--output`, then run it again.",
        ) from problem
