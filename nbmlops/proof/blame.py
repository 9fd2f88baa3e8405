"""Blame: which recorded statement a line of an exported pipeline belongs to."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbmlops.core.history import Statement
from nbmlops.core.proof import Divergence

__all__ = ["Place", "Places", "name_place"]

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Places:
    """The statements of an export: `lines` says at which lines of `script` they stand."""

    script: Path
    lines: Mapping[int, Place]
    statements: Mapping[Place, Statement]

    def find_place(self, line: int) -> Place | None:
        """Return the statement of a line: the nearest above it in its function, or in one around that."""
        try:
            tree = ast.parse(self.script.read_text("utf-8"))
        except (SyntaxError, ValueError):
            return self.lines.get(line)
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        around = [n.lineno for n in functions if n.lineno <= line <= (n.end_lineno or n.lineno)]
        for first in sorted((1, *around), reverse=True):
            above = [known for known in self.lines if first <= known <= line]
            if above:
                return self.lines[max(above)]
        return None

    def blame_line(self, line: int | None, message: str) -> Divergence | None:
        """Return a divergence at the statement of a line, where there is one."""
        place = self.find_place(line) if line is not None else None
        return self.blame_place(place, message) if place else None

    def blame_place(self, place: Place, message: str, resource: str | None = None) -> Divergence:
        """Return a divergence at a statement."""
        statement = self.statements.get(place)
        source = statement.source if statement is not None else ""
        return Divergence(place[0], place[1], source, resource, message)

    def describe_line(self, line: int) -> str:
        """Say which statement a line belongs to, with the first line of its text."""
        place = self.find_place(line)
        if place is None:
            return f"line {line}"
        return f"{name_place(place)}: {self.first_line(place)}"

    def first_line(self, place: Place) -> str:
        """Return the first line of a statement's code, cut where it is long."""
        statement = self.statements.get(place)
        code = (statement.code or statement.source) if statement is not None else ""
        return code.strip().partition("\n")[0][:80]

    def list_fingerprints(self, place: Place) -> dict[str, str]:
        """Return the recorded fingerprint of each name that a statement bound or changed."""
        statement = self.statements.get(place)
        effects = statement.effects if statement is not None else ()
        named = [e for e in effects if e.resource.kind == "name" and e.change != "deleted"]
        return {e.resource.key: e.fingerprint for e in named if e.fingerprint is not None}


def name_place(place: Place) -> str:
    """Return how a statement is called in messages; people count from one."""
    return f"statement {place[1] + 1} of execution {place[0]}"
