"""Airflow: a DAG in which each step of a pipeline is one task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbmlops.plugins.context import ExportContext, TargetParameter, TargetStep
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.templating import render_template

__all__ = ["nbmlops_targets"]

_FILE = "airflow_dag.py"
_THEN = (
    f"let Airflow's folder of DAGs hold the export, or a link to it; the top of `{_FILE}` says what to set"
)
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


@dataclass(frozen=True, slots=True)
class _Dag:
    name: str
    target: str
    steps: tuple[TargetStep, ...]
    parameters: tuple[TargetParameter, ...]
    types: Mapping[str, str]


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the Airflow target of exports."""
    return [Target("airflow", "export", "a DAG for Airflow 3", _render, _THEN)]


def _render(export: ExportContext) -> dict[str, str]:
    types = {p.type: _TYPES.get(p.type, "array") for p in export.parameters}
    context = _Dag(export.name, export.target, export.steps, export.parameters, types)
    return {_FILE: render_template("targets", f"{_FILE}.j2", context)}
