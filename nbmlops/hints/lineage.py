"""Lineage of hints: which statements certainly made the names that a statement read."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from nbmlops.core.history import Statement

__all__ = ["Makers", "trace_makers", "uses_values"]


@dataclass(frozen=True, slots=True)
class Makers:
    """For each statement, by position, and each name that it certainly read, what made the name.

    Changes that were assumed and not seen make nothing here: where slices keep more, hints say less.
    """

    parents: tuple[dict[str, tuple[int, ...]], ...]

    def direct(self, position: int) -> tuple[int, ...]:
        """Return the positions that made what a statement read."""
        found = {m for makers in self.parents[position].values() for m in makers}
        return tuple(sorted(found))

    def names(self, position: int, maker: int) -> tuple[str, ...]:
        """Return the names by which a statement rests on another."""
        return tuple(sorted(n for n, makers in self.parents[position].items() if maker in makers))

    def of(self, position: int, name: str) -> tuple[int, ...]:
        """Return what made a name that a statement read, the last first."""
        return tuple(reversed(self.parents[position].get(name, ())))

    def behind(self, position: int, names: Collection[str]) -> frozenset[int]:
        """Return the positions that some of the names rest on which a statement read."""
        found: set[int] = set()
        waiting = [m for name in names for m in self.parents[position].get(name, ())]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.direct(one)
        return frozenset(found)


def trace_makers(statements: Sequence[Statement]) -> Makers:
    """Link each statement to those that made the versions of the names that it read."""
    makers: dict[str, list[int]] = {}
    parents: list[dict[str, tuple[int, ...]]] = []
    for position, statement in enumerate(statements):
        read = [r.resource.key for r in statement.reads if r.resource.kind == "name" and r.certain]
        parents.append({name: tuple(makers[name]) for name in read if name in makers})
        for effect in statement.effects:
            if effect.resource.kind != "name":
                continue
            if effect.definite:
                makers[effect.resource.key] = [position]
            elif effect.certain:
                makers.setdefault(effect.resource.key, []).append(position)
    return Makers(tuple(parents))


def uses_values(statement: Statement) -> bool:
    """Say whether a statement certainly uses what it reads.

    One that failed may have stopped before it came to a name, and `del` wants no value.
    """
    if statement.outcome != "ok":
        return False
    try:
        return not all(isinstance(node, ast.Delete) for node in ast.parse(statement.code).body)
    except SyntaxError:
        return True
