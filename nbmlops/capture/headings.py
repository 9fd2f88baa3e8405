"""Headings: the markdown heading above each cell of a notebook's file."""

from __future__ import annotations

import datetime
import json
import os
import re
from pathlib import Path

from nbmlops.core.hint import CellText
from nbmlops.errors import CaptureError

__all__ = ["find_notebook", "read_cells", "read_headings"]

_HEADING = re.compile(r"^#{1,4}\s+(?P<title>.+?)\s*#*$", re.MULTILINE)
_VARIABLES = ("NBMLOPS_NOTEBOOK", "JPY_SESSION_NAME", "__vsc_ipynb_file__")


def find_notebook() -> str | None:
    """Return the path of the notebook that this kernel serves, where the frontend says it."""
    for variable in _VARIABLES:
        named = os.environ.get(variable)
        if not named:
            continue
        for path in (Path(named), Path.cwd() / Path(named).name):
            if path.suffix == ".ipynb" and path.is_file():
                return str(path.absolute())
    return None


def read_headings(notebook: str | None) -> dict[str, str]:
    """Return the heading above each code cell, by the cell's id; empty without a notebook.

    Raises
    ------
    CaptureError
        If the file cannot be read as a notebook.
    """
    if notebook is None:
        return {}
    try:
        cells = json.loads(Path(notebook).read_text("utf-8"))["cells"]
        return _collect(cells)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CaptureError(
            f"The notebook '{notebook}' cannot be read: {problem}.", "Save it again from Jupyter, and retry."
        ) from problem


def read_cells(notebook: str) -> tuple[tuple[CellText, ...], str]:
    """Return the code cells of a notebook's file that have an id, and when it was saved, in UTC.

    Raises
    ------
    CaptureError
        If the file cannot be read as a notebook.
    """
    try:
        saved = datetime.datetime.fromtimestamp(os.stat(notebook).st_mtime, datetime.UTC).isoformat()
        cells = json.loads(Path(notebook).read_text("utf-8"))["cells"]
        return tuple(CellText(str(c["id"]), "".join(c["source"])) for c in cells if _is_code(c)), saved
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CaptureError(
            f"The notebook '{notebook}' cannot be read: {problem}.", "Save it again from Jupyter, and retry."
        ) from problem


def _is_code(cell: dict[str, object]) -> bool:
    return cell["cell_type"] == "code" and "id" in cell


def _collect(cells: list[dict[str, object]]) -> dict[str, str]:
    headings: dict[str, str] = {}
    current = ""
    for cell in cells:
        source = cell["source"]
        text = "".join(source) if isinstance(source, list) else str(source)
        if cell["cell_type"] == "markdown":
            found = _HEADING.findall(text)
            current = found[-1] if found else current
        elif current and "id" in cell:
            headings[str(cell["id"])] = current
    return headings
