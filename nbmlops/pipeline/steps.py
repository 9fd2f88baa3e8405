"""Steps: group statements into functions whose inputs and outputs follow from what each name needs."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbmlops.core.history import Execution
from nbmlops.core.pipeline import Step
from nbmlops.core.resource import Resource
from nbmlops.pipeline.parts import Part

__all__ = ["cut_steps"]

_RESERVED = frozenset(
    {"run", "main", "parameters", "Parameters", "workdir", "STEPS", "SHARED", "support", "dataclass"}
)


# Plots are drawn wherever they stand, and warnings told or not, unless a statement looks at them.
_SEEN = frozenset({Resource("ambient", "figures"), Resource("ambient", "warnings shown")})


_LONGEST = 40


@dataclass(slots=True)
class _Group:
    key: str
    title: str
    parts: list[Part]


def cut_steps(
    parts: Sequence[Part], executions: Mapping[int, Execution], target: str, shared: frozenset[str]
) -> tuple[Step, ...]:
    """Cut actions into steps.

    A step is what ``%%step`` names, else what stands under one markdown heading, else a cell. Where
    settings of the whole process are changed on the way, everything stays in one step.
    """
    actions = [p for p in parts if p.role == "action"]
    looked_at = {r.resource for p in actions for r in p.statement.reads}
    changed = {e.resource for p in actions for e in p.statement.effects if e.resource.kind == "ambient"}
    groups = _group(actions, executions, whole=bool(changed - (_SEEN - looked_at)))
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
        name = _name_step(group, makes, taken)
        taken.add(name)
        places = tuple(p.statement.place for p in group.parts)
        steps.append(Step(name, group.title, takes, makes, places))
    return tuple(steps)


def _group(actions: Sequence[Part], executions: Mapping[int, Execution], whole: bool) -> list[_Group]:
    groups: list[_Group] = []
    for part in actions:
        execution = executions[part.statement.execution]
        title = execution.step or execution.heading or ""
        key = "all" if whole else title or f"execution {execution.number}"
        if groups and (groups[-1].key == key or (not title and _is_preparation(groups[-1]))):
            groups[-1].parts.append(part)
            groups[-1].key = key
        else:
            groups.append(_Group(key, "" if whole else title, [part]))
    return groups


def _is_preparation(group: _Group) -> bool:
    """Whether a group only names constants: too little for a function of its own."""
    return not group.title and all(
        isinstance(p.tree.body[0], ast.Assign) and isinstance(p.tree.body[0].value, ast.Constant)
        for p in group.parts
    )


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


def _name_step(group: _Group, outputs: Sequence[str], taken: set[str]) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", group.title.lower()).strip("_")
    words = re.sub(r"^[0-9_]+", "", words)
    if len(words) > _LONGEST:
        words = words[: _LONGEST + 1].rpartition("_")[0] or words[:_LONGEST]
    if not words:
        made = _main_output(group, outputs)
        words = f"make_{re.sub(r'[^a-z0-9]+', '_', made.lower()).strip('_')}" if made else "prepare"
    candidate, number = words, 2
    if candidate in taken or keyword.iskeyword(candidate):
        candidate = words = f"{words}_step"
    while candidate in taken:
        candidate, number = f"{words}_{number}", number + 1
    return candidate


def _main_output(group: _Group, outputs: Sequence[str]) -> str:
    for part in reversed(group.parts):
        for name in outputs:
            if name in part.binds:
                return name
    return outputs[-1] if outputs else ""
