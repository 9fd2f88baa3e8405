"""DVC: stages that `dvc repro` runs where files, code or parameters have changed."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.plugins.context import ExportContext, TargetParameter, TargetStep
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.templating import render_template

__all__ = ["nbmlops_targets"]

_THEN = "commit it, then `dvc repro` in its folder (`dvc init` first, where the repository has no DVC)"


@dataclass(frozen=True, slots=True)
class _Stages:
    target: str
    settings: str
    steps: tuple[TargetStep, ...]
    parameters: tuple[TargetParameter, ...]
    code: tuple[str, ...]
    writes: tuple[str, ...]
    inputs: dict[str, tuple[str, ...]]


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the DVC target of exports."""
    return [Target("dvc", "export", "stages for DVC", _render, _THEN)]


def _render(export: ExportContext) -> dict[str, str]:
    settings = "pipeline_run"
    while settings in {p.name for p in export.parameters}:
        settings += "_"
    context = _Stages(
        target=export.target,
        settings=settings,
        steps=export.steps,
        parameters=export.parameters,
        code=tuple(_escape(path) for path in export.code),
        writes=tuple(_escape(path) for path in export.writes),
        inputs={step.name: _name_inputs(step, export.parameters) for step in export.steps},
    )
    return {"dvc.yaml": render_template("targets", "dvc.yaml.j2", context)}


def _name_inputs(step: TargetStep, parameters: tuple[TargetParameter, ...]) -> tuple[str, ...]:
    """Return the inputs of a step, by its parameter where it has one: that may name another file."""
    named = {p.default: p.name for p in parameters if p.is_input and p.name in step.parameters}
    return tuple(f"${{{named[path]}}}" if path in named else _escape(path) for path in step.inputs)


def _escape(path: str) -> str:
    return path.replace("${", "\\${")
