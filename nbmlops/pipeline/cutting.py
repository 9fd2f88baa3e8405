"""Cutting: make a pipeline of a slice."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.core.history import History
from nbmlops.core.pipeline import Pipeline
from nbmlops.core.slice import Slice
from nbmlops.errors import ExportError
from nbmlops.pipeline.parameters import Replacement, find_inputs, find_parameters
from nbmlops.pipeline.parts import Part, make_parts, shared_names
from nbmlops.pipeline.steps import cut_steps

__all__ = ["Plan", "cut_pipeline"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline with what only its writing needs."""

    pipeline: Pipeline
    parts: tuple[Part, ...]
    replacements: tuple[Replacement, ...]
    shared: frozenset[str]


def cut_pipeline(slice_: Slice, history: History) -> Plan:
    """Cut a slice into steps and find its parameters and inputs.

    Raises
    ------
    ExportError
        If a statement that the target needs was not recorded, or has no plain form.
    """
    _check_complete(slice_)
    parts = make_parts(slice_)
    shared = shared_names(parts)
    inputs, paths, path_places = find_inputs(slice_.inputs, parts, history.directory)
    taken = {p.name for p in paths}
    values, value_places = find_parameters(parts, taken)
    executions = {e.number: e for e in history.executions}
    pipeline = Pipeline(
        target=slice_.target,
        slice=slice_,
        steps=cut_steps(parts, executions, slice_.target, shared),
        parameters=(*paths, *values),
        inputs=tuple(inputs),
        outside=tuple(r.resource for r in slice_.inputs if r.resource.kind == "outside"),
    )
    return Plan(pipeline, tuple(parts), (*path_places, *value_places), shared)


def _check_complete(slice_: Slice) -> None:
    if not slice_.missing:
        return
    reader = next(
        (s for s in slice_.kept for r in s.reads if r.resource.key in slice_.missing and r.certain),
        slice_.kept[-1],
    )
    names = ", ".join(f"`{n}`" for n in slice_.missing)
    raise ExportError(
        f"'{slice_.target}' cannot be exported: cell {reader.execution} reads {names}, "
        "which no recorded cell defines.",
        f"Run the cell that makes {names} after `%load_ext nbmlops`, then the later ones, and export again.",
    )
