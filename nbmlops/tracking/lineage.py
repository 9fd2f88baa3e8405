"""Lineage: which statements each statement rests on, by the versions of what it read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbmlops.core.history import Statement
    from nbmlops.core.resource import Resource

__all__ = ["Ancestry", "trace_ancestry"]

_FOLLOWED = frozenset({"name", "file"})


class Ancestry:
    """The makers of what each statement read, by position; ancestors are found when they are asked for."""

    def __init__(
        self, parents: Sequence[Mapping[str, frozenset[int]]], late: Sequence[frozenset[str]]
    ) -> None:
        self._parents, self._late = parents, late
        self._known: dict[int, frozenset[int]] = {}

    def ancestors(self, position: int) -> frozenset[int]:
        """Return the positions that a statement rests on, without its own."""
        if position not in self._known:
            self._known[position] = self._close(self.makers(position))
        return self._known[position]

    def makers(self, position: int, names: Collection[str] | None = None) -> frozenset[int]:
        """Return what made what a statement read: all of it, or some names and what functions look up."""
        read = self._parents[position]
        chosen = read if names is None else {*names, *self._late[position]} & read.keys()
        return frozenset(maker for key in chosen for maker in read[key])

    def behind(self, position: int, names: Collection[str]) -> frozenset[int]:
        """Return the positions that some of the names rest on which a statement read."""
        return self._close(self.makers(position, names))

    def reaching(self, position: int, choose: Callable[[int], Collection[str] | None]) -> frozenset[int]:
        """Return the positions that a statement rests on by the names that are chosen of each."""
        return self._close(self.makers(position, choose(position)), choose)

    def _close(
        self, makers: Iterable[int], choose: Callable[[int], Collection[str] | None] = lambda position: None
    ) -> frozenset[int]:
        found: set[int] = set()
        waiting = list(makers)
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.makers(one, choose(one))
        return frozenset(found)

    def latest(self, positions: Collection[int]) -> tuple[int, ...]:
        """Return those positions that no other of them rests on, in order."""
        older = {p for one in positions for p in self.ancestors(one)}
        return tuple(sorted(p for p in positions if p not in older))


def trace_ancestry(statements: Sequence[Statement]) -> Ancestry:
    """Link each statement to the ones that made the versions it read, and changed what it changed."""
    makers: dict[Resource, list[int]] = {}
    parents: list[Mapping[str, frozenset[int]]] = []
    late: list[frozenset[str]] = []
    for position, statement in enumerate(statements):
        reads = [r for r in statement.reads if r.resource.kind in _FOLLOWED]
        parents.append({r.resource.key: frozenset(makers.get(r.resource, ())) for r in reads})
        late.append(frozenset(r.resource.key for r in reads if r.late))
        for effect in statement.effects:
            if effect.definite:
                makers[effect.resource] = [position]
            else:
                makers.setdefault(effect.resource, []).append(position)
    return Ancestry(parents, late)
