"""Reach: walk a history backwards from a resource and keep what its version was made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nbmlops.core.history import Statement
from nbmlops.core.resource import CHANGED_MEANWHILE, Effect, Read, Resource
from nbmlops.core.slice import Reason
from nbmlops.slicing.wording import explain_effect

__all__ = ["Reached", "walk_back"]


@dataclass(slots=True)
class Reached:
    """The statements kept, with their reasons, and the resources that nothing before produced."""

    kept: dict[int, list[Reason]] = field(default_factory=dict)
    open_reads: dict[Resource, list[tuple[int, Read]]] = field(default_factory=dict)


def walk_back(
    statements: Sequence[Statement],
    targets: Iterable[Resource],
    forced: Iterable[tuple[int, Reason]] = (),
) -> Reached:
    """Keep each statement that changed a needed resource, and need what it read.

    `forced` are positions kept for a reason found elsewhere. Random streams are not followed
    here: a stream can be restored, so whether to follow it is decided by `streams`.

    A resource that a statement makes anew for certain is not needed before that statement; one
    that it changes is. A file that held something else than what was written to it last came from outside:
    what wrote it is not needed. This is the classical backward slice (Weiser 1984) over a trace that has
    already run, with evidence in the place of static sets.
    """
    needed: dict[Resource, list[tuple[int, Read]]] = {target: [] for target in targets}
    asked = next(iter(needed), None)
    forced_reasons: dict[int, list[Reason]] = {}
    for position, reason in forced:
        forced_reasons.setdefault(position, []).append(reason)
    reached = Reached()
    for position in range(len(statements) - 1, -1, -1):
        statement = statements[position]
        _part_foreign(statement, needed, reached)
        hits = [
            e for e in statement.effects if e.resource in needed and not _only_drawn(e, needed[e.resource])
        ]
        reasons = [
            explain_effect(e, [(statements[p], read) for p, read in needed[e.resource]], asked) for e in hits
        ]
        reasons += forced_reasons.get(position, [])
        if not reasons:
            continue
        reached.kept[position] = reasons
        foreign = {read.resource for read in statement.reads if read.because == CHANGED_MEANWHILE}
        for effect in hits:
            ended = effect.definite and not (statement.outcome == "raised" and not effect.certain)
            if ended or effect.resource in foreign:
                needed.pop(effect.resource, None)
        for read in statement.reads:
            if read.resource.kind == "outside" or (read.module and read.content):
                reached.open_reads.setdefault(read.resource, []).append((position, read))
            elif read.resource.kind != "random":
                needed.setdefault(read.resource, []).append((position, read))
    for resource, reads in needed.items():
        reached.open_reads.setdefault(resource, []).extend(reads)
    return reached


def _part_foreign(
    statement: Statement, needed: dict[Resource, list[tuple[int, Read]]], reached: Reached
) -> None:
    """Leave to the outside what was read of files that were something else when a statement left them."""
    for effect in statement.effects:
        reads = needed.get(effect.resource, []) if effect.resource.kind == "file" and effect.certain else []
        apart = [found for found in reads if _is_other(effect, found[1])]
        if apart:
            reached.open_reads.setdefault(effect.resource, []).extend(apart)
            needed[effect.resource] = [found for found in reads if found not in apart]
            if not needed[effect.resource]:
                del needed[effect.resource]


def _is_other(effect: Effect, read: Read) -> bool:
    if read.because != CHANGED_MEANWHILE:
        return False
    return effect.change == "deleted" or (effect.content is not None and effect.content != read.content)


def _only_drawn(effect: Effect, reads: Sequence[tuple[int, Read]]) -> bool:
    """Whether a statement changed what later ones only draw on: they need it made, and not drawn on."""
    return effect.change == "changed" and bool(reads) and all(read.drawn for _, read in reads)
