"""Cutting: make a pipeline of a slice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nbmlops.core.history import History
from nbmlops.core.pipeline import Pipeline
from nbmlops.core.slice import Slice
from nbmlops.errors import ExportError
from nbmlops.pipeline.calls import Naming, name_nothing
from nbmlops.pipeline.editions import Edition, find_editions
from nbmlops.pipeline.literals import find_literals, trace_uses
from nbmlops.pipeline.parameters import (
    Replacement,
    find_inputs,
    find_parameters,
    list_inputs,
    path_literals,
)
from nbmlops.pipeline.parts import Part, make_parts, shared_names
from nbmlops.pipeline.steps import cut_steps
from nbmlops.pipeline.touching import add_touches

__all__ = ["Plan", "cut_pipeline"]


_OUTPUT = re.compile(r"_+|_i{1,3}|_i?\d+|_[oid]h|In|Out")


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline with what only its writing needs.

    `answers` are the names, with the content of each, that a frozen export does not ask for again;
    `editions` the texts of the person's own modules.
    """

    pipeline: Pipeline
    parts: tuple[Part, ...]
    replacements: tuple[Replacement, ...]
    shared: frozenset[str]
    answers: Mapping[tuple[int, int], tuple[tuple[str, str], ...]] = field(default_factory=dict)
    editions: tuple[Edition, ...] = ()


def cut_pipeline(
    slice_: Slice, history: History, frozen: bool = False, name_positional: Naming = name_nothing
) -> Plan:
    """Cut a slice into steps and find its parameters and inputs.

    `name_positional` says what the function at a dotted path calls the argument at a position.

    Raises
    ------
    ExportError
        If a statement that the target needs was not recorded, or has no plain form.
    """
    _check_complete(slice_)
    files = list_inputs(slice_)
    parts = make_parts(
        slice_, lambda tree: any(path_literals(tree, read.resource.key, history.directory) for read in files)
    )
    shared = shared_names(parts, slice_.target, slice_.late)
    inputs, paths, path_places = find_inputs(files, parts, history.directory)
    values, value_places = find_parameters(parts, paths, path_places, slice_.target)
    literals, literal_places = find_literals(
        parts, (*paths, *values), (*path_places, *value_places), name_positional
    )
    executions = {e.number: e for e in history.executions}
    answers = _find_answers(parts) if frozen else {}
    settings = {r.place for r in value_places}
    steps = cut_steps(parts, executions, slice_.target, shared, settings)
    pipeline = Pipeline(
        target=slice_.target,
        slice=slice_,
        steps=add_touches(steps, parts, history.directory, answers),
        parameters=(*paths, *trace_uses(parts, values, name_positional), *literals),
        inputs=tuple(inputs),
        outside=tuple(r.resource for r in slice_.inputs if r.resource.kind == "outside"),
    )
    editions = find_editions(parts)
    return Plan(
        pipeline, tuple(parts), (*path_places, *value_places, *literal_places), shared, answers, editions
    )


def _find_answers(parts: Sequence[Part]) -> dict[tuple[int, int], tuple[tuple[str, str], ...]]:
    """Return the names that the outside world gave, with the content of each as it was recorded."""
    found = {}
    for part in parts:
        if not any(r.resource.kind == "outside" for r in part.statement.reads):
            continue
        effects = [e for e in part.statement.effects if e.resource.kind == "name"]
        named = [e for e in effects if e.certain or e.content is not None]  # what was asked is no answer
        if not named or any(e.content is None for e in named):
            first = part.statement.source.strip().partition("\n")[0]
            raise ExportError(
                f"Cell {part.statement.execution} cannot be frozen: the answer to `{first}` was not kept.",
                "Export without `--frozen`; the call then stays live.",
            )
        found[part.statement.place] = tuple((e.resource.key, str(e.content)) for e in named)
    return found


def _check_complete(slice_: Slice) -> None:
    if not slice_.missing:
        return
    reader = next(
        (s for s in slice_.kept for r in s.reads if r.resource.key in slice_.missing and r.certain),
        slice_.kept[-1],
    )
    names = ", ".join(f"`{n}`" for n in slice_.missing)
    if all(_OUTPUT.fullmatch(n) for n in slice_.missing):
        raise ExportError(
            f"'{slice_.target}' cannot be exported: cell {reader.execution} reads {names}, "
            "which is what IPython remembers of an earlier cell's output or text.",
            "Give that value a name in its own cell, `NAME = ...`, use the name, run both, and export again.",
        )
    raise ExportError(
        f"'{slice_.target}' cannot be exported: cell {reader.execution} reads {names}, "
        "which no recorded cell defines.",
        f"Run the cell that makes {names} after `%load_ext nbmlops`, then the later ones, and export again.",
    )
