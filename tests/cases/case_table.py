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
    need them; `xfail` says why the case cannot pass yet.
    """

    name: str
    target: str
    cells: tuple[Cell, ...]
    files: dict[str, str]
    drop: tuple[str, ...]
    allow: tuple[str, ...]
    spare: tuple[str, ...]
    xfail: str | None


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
    )


CASES = tuple(_read_case(path) for path in sorted(_HERE.glob("*.json")))
