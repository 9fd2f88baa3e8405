"""Clashes: files that the statements of a slice met in more than one state, which one path cannot hold."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.core.resource import CHANGED_MEANWHILE, MADE_MEANWHILE
from nbmlops.core.slice import Slice

__all__ = ["Clash", "find_clashes"]


@dataclass(frozen=True, slots=True)
class Clash:
    """A file that came from outside anew: by cell `later` it was not what cell `earlier` had met or left."""

    path: str
    earlier: int
    later: int


def find_clashes(slice_: Slice) -> list[Clash]:
    """Return where a kept statement read a file that something unseen had changed since a kept one met it.

    A pipeline has one file of each path to begin with: it cannot be right for both.
    """
    found: dict[str, Clash] = {}
    met: dict[str, tuple[int, str | None]] = {}
    for statement in slice_.kept:
        for read in statement.reads:
            path, foreign = read.resource.key, read.because in (CHANGED_MEANWHILE, MADE_MEANWHILE)
            if read.resource.kind != "file" or read.module or not read.content:
                continue
            if not (read.certain or foreign):
                continue
            before = met.get(path)
            if before is not None and before[1] not in (None, read.content):
                found.setdefault(path, Clash(path, before[0], statement.execution))
            met[path] = (statement.execution, read.content)
        for effect in statement.effects:
            if effect.resource.kind == "file" and effect.change in ("written", "deleted"):
                met[effect.resource.key] = (statement.execution, effect.content)
    return list(found.values())
