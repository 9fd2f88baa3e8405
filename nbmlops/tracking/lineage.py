"""Lineage: which statements each statement rests on, by the versions of names that it read."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbmlops.core.history import Statement
    from nbmlops.core.resource import Resource

__all__ = ["Ancestry", "trace_ancestry"]


class Ancestry:
    """The parents of each statement, by position; ancestors are found when they are asked for."""

    def __init__(self, parents: Sequence[frozenset[int]]) -> None:
        self._parents = parents
        self._known: dict[int, tuple[int, ...]] = {}

    def ancestors(self, position: int) -> tuple[int, ...]:
        """Return the positions that a statement rests on, in order, without its own."""
        if position not in self._known:
            found: set[int] = set()
            waiting = list(self._parents[position])
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting += self._parents[one]
            self._known[position] = tuple(sorted(found))
        return self._known[position]

    def nearest_fit(self, position: int, statements: Sequence[Statement]) -> int | None:
        """Return the last fit that a statement rests on: the one that its numbers are about."""
        for one in reversed(self.ancestors(position)):
            calls = [n for n in ast.walk(ast.parse(statements[one].code)) if isinstance(n, ast.Call)]
            if any(
                isinstance(c.func, ast.Attribute) and c.func.attr in {"fit", "partial_fit"} for c in calls
            ):
                return one
        return None


def trace_ancestry(statements: Sequence[Statement]) -> Ancestry:
    """Link each statement to the ones that made the versions it read, and changed what it changed."""
    makers: dict[Resource, list[int]] = {}
    parents: list[frozenset[int]] = []
    for position, statement in enumerate(statements):
        read = {r.resource for r in statement.reads if r.resource.kind in {"name", "file"}}
        found = {maker for resource in read for maker in makers.get(resource, ())}
        parents.append(frozenset(found))
        for effect in statement.effects:
            if effect.definite:
                makers[effect.resource] = [position]
            else:
                makers.setdefault(effect.resource, []).append(position)
    return Ancestry(parents)
