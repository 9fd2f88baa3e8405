"""The table of cases: each JSON file beside this one, read as a record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CASES", "Case", "Cell"]

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cell:
    """One execution: a repeated `id` means that the cell was edited and run again."""

    id: str
    source: str


@dataclass(frozen=True)
class Case:
    """One notebook in miniature.

    `spare` are substrings of statements that a sound slice may keep although the value does not
    need them; `xfail` says why the case cannot pass yet. `needs` are modules without which the case
    is skipped; `server` the texts that a local HTTP server gives by path, its address standing in the
    cells as ``{server}``; `sqlite` the statements that fill a database before the first cell; `typed`
    what a person answers to ``input``; `between` code that runs unobserved after a cell, by the cell's
    number; `frozen` exports with ``--frozen``; `refused` is what a refusal to export has to say.
    """

    name: str
    target: str
    cells: tuple[Cell, ...]
    files: dict[str, str]
    drop: tuple[str, ...]
    allow: tuple[str, ...]
    spare: tuple[str, ...]
    xfail: str | None
    slow: bool
    needs: tuple[str, ...]
    server: dict[str, str]
    sqlite: dict[str, list[str]]
    typed: tuple[str, ...]
    between: dict[str, str]
    frozen: bool
    refused: str | None


def _read_case(path: Path) -> Case:
    data = json.loads(path.read_text("utf-8"))
    shell = any(c["src"].startswith("!") or "= !" in c["src"] for c in data["cells"])
    return Case(
        name=data["name"],
        target=data["target"],
        cells=tuple(Cell(c["id"], c["src"]) for c in data["cells"]),
        files=data.get("files", {}),
        drop=tuple(data.get("drop", ())),
        allow=tuple(data.get("allow", ("subprocess",) if shell else ())),
        spare=tuple(data.get("spare", ())),
        xfail=data.get("xfail"),
        slow=data.get("slow", False),
        needs=tuple(data.get("needs", ())),
        server=data.get("server", {}),
        sqlite=data.get("sqlite", {}),
        typed=tuple(data.get("typed", ())),
        between=data.get("between", {}),
        frozen=data.get("frozen", False),
        refused=data.get("refused"),
    )


CASES = tuple(_read_case(path) for path in sorted(_HERE.rglob("*.json"), key=lambda path: path.name))
