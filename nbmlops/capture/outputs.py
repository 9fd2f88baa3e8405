"""Outputs: what the cells of a notebook's file show, as text by which two runs can be compared."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["list_outputs"]

_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_PLAIN = "text/plain"
_PICTURES = ("image/", "application/vnd.")


def list_outputs(document: Any) -> dict[int, tuple[str, str]]:
    """Return the source and the text of each code cell that shows text, by its number from 1.

    Pictures and widgets are left out, and so is what is written to stderr; addresses in memory are
    masked.
    """
    found = {}
    cells = [cell for cell in document.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(cells, 1):
        shown = "".join(_read_output(output) for output in cell.get("outputs", ())).strip()
        if shown:
            found[number] = cell.source, _ADDRESS.sub("0x…", shown)
    return found


def _read_output(output: Any) -> str:
    match output.output_type:
        case "stream":
            return _join(output.text) if output.name == "stdout" else ""
        case "error":
            return f"{output.ename}: {output.evalue}\n"
        case _:
            data = output.get("data", {})
            if any(kind.startswith(_PICTURES) for kind in data):
                return ""
            return _join(data.get(_PLAIN, "")) + "\n"


def _join(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
