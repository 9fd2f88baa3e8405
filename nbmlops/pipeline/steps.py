"""Steps: group statements into functions whose inputs and outputs follow from what each name needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbmlops.core.history import Execution
from nbmlops.core.pipeline import Step
from nbmlops.pipeline.naming import name_step
from nbmlops.pipeline.narrowing import cut_narrow
from nbmlops.pipeline.parts import Part

__all__ = ["cut_steps"]

_RESERVED = frozenset(
    {"run", "main", "parameters", "Parameters", "workdir", "STEPS", "SHARED", "support", "dataclass"}
)


_LASTING = ("cwd", "environ", "sys.path", "registries", "attributes of ")
"""How the keys of those settings begin on which values that are read from files may depend as well."""


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    parts: list[Part]


def cut_steps(
    parts: Sequence[Part],
    executions: Mapping[int, Execution],
    target: str,
    shared: frozenset[str],
    settings: Collection[tuple[int, int]] = (),
) -> tuple[Step, ...]:
    """Cut actions into steps.

    A step is what ``%%step`` names; everything else is cut where little crosses from one step to the
    next, at headings rather than elsewhere. Between a statement that changes a setting of the whole
    process and those that depend on it there is no cut, for a step may run in a process of its own.
    `settings` are the places of statements that only give a parameter a name: each step that uses the
    name says so itself, and nothing has to be handed on.
    """
    actions = [p for p in parts if p.role == "action"]
    stated = [p for p in actions if p.statement.place in settings and not p.binds & (shared | {target})]
    acting = [p for p in actions if p not in stated]
    groups = _group(acting, executions, target, shared)
    groups = [_Group(g.title, [*_find_stated(g.parts, stated), *g.parts]) for g in groups]
    hoisted = {n for p in parts if p.role != "action" for n in p.binds}
    all_names = {n for p in parts for n in p.binds | p.reads}
    live = {target} - hoisted
    flows: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for position in range(len(groups) - 1, -1, -1):
        parts_here = groups[position].parts
        before = {n for g in groups[:position] for p in g.parts for n in p.binds}
        needed = _needed(parts_here, hoisted) | (_maybe_made(parts_here) & live & before)
        made = {n for p in parts_here for n in p.binds}
        inputs = (needed & before) - shared
        outputs = made & live & (inputs | _bound_in_text(parts_here)) - shared
        live = (live - _always_made(parts_here)) | needed
        flows.insert(0, (tuple(sorted(inputs)), tuple(sorted(outputs))))
    steps: list[Step] = []
    taken = set(_RESERVED) | all_names
    for group, (takes, makes) in zip(groups, flows, strict=True):
        name = name_step(group.title, group.parts, makes, taken)
        taken.add(name)
        places = tuple(p.statement.place for p in group.parts)
        steps.append(Step(name, group.title, takes, makes, places))
    return tuple(steps)


def _find_stated(parts: Sequence[Part], stated: Sequence[Part]) -> list[Part]:
    used = {n for p in parts for n in p.reads | p.mentioned}
    return [p for p in stated if p.binds & used]


def _find_bound(actions: Sequence[Part]) -> set[int]:
    """Return the positions before which there can be no cut: a setting made before is heeded after."""
    bound: set[int] = set()
    for begin, part in enumerate(actions):
        for setting in {e.resource for e in part.statement.effects if e.resource.kind == "ambient"}:
            readers = [
                position
                for position, later in enumerate(actions)
                if position > begin and any(r.resource == setting for r in later.statement.reads)
            ]
            end = len(actions) - 1 if setting.key.startswith(_LASTING) else max(readers, default=begin)
            bound |= set(range(begin + 1, end + 1))
    return bound


def _group(
    actions: Sequence[Part], executions: Mapping[int, Execution], target: str, shared: frozenset[str]
) -> list[_Group]:
    """Put statements together: what ``%%step`` names stays one, the rest is cut where it is narrow."""
    named = [executions[p.statement.execution].step or "" for p in actions]
    titles = [executions[p.statement.execution].heading or "" for p in actions]
    bound = _find_bound(actions)
    marks = {n for n in range(1, len(actions)) if named[n - 1] != named[n]} - bound
    borders = sorted({0, len(actions)} | marks)
    groups: list[_Group] = []
    for begin, end in pairwise(borders):
        here = actions[begin:end]
        step = next((name for name in named[begin:end] if name), "")
        if step:
            groups.append(_Group(step, list(here)))
            continue
        later = {n for p in actions[end:] for n in p.reads} | {target}
        inside = {position - begin for position in bound if begin < position < end}
        cuts = [begin + cut for cut in cut_narrow(here, titles[begin:end], later, shared, inside)]
        for first, last in pairwise([begin, *cuts, end]):
            groups.append(_Group(_find_title(range(first, last), titles), list(actions[first:last])))
    return groups


def _find_title(step: range, titles: Sequence[str]) -> str:
    """Return the heading that a step is named after: one that stands above nothing else, and most of it."""
    whole = Counter(
        t for p in step if (t := titles[p]) and titles.count(t) == titles[step.start : step.stop].count(t)
    )
    return whole.most_common(1)[0][0] if whole else ""


def _needed(parts: Sequence[Part], hoisted: set[str]) -> set[str]:
    """Return the names that a step has to be given: read, or changed in part, before they are made."""
    needed: set[str] = set()
    made: set[str] = set()
    for part in parts:
        needed |= (part.reads & part.mentioned) - made - hoisted
        made |= part.rebinds
    return needed


def _maybe_made(parts: Sequence[Part]) -> set[str]:
    """Return the names that a step binds only on some way through it."""
    return {n for p in parts for n in (p.binds - p.rebinds) & p.mentioned}


def _bound_in_text(parts: Sequence[Part]) -> set[str]:
    return {n for p in parts for n in p.rebinds}


def _always_made(parts: Sequence[Part]) -> set[str]:
    return {name for part in parts for name in part.rebinds}
