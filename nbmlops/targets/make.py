"""Make: a Makefile that runs a pipeline's steps, and only those that are out of date."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.plugins.context import ExportContext, TargetStep
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.templating import quote_shell, render_template

__all__ = ["nbmlops_targets"]

_THEN = "type `make` in the export's folder; `make PYTHON=...` names the interpreter that has its packages"


@dataclass(frozen=True, slots=True)
class _Makefile:
    target: str
    result: str
    code: tuple[str, ...]
    inputs: tuple[str, ...]
    steps: tuple[TargetStep, ...]
    writes: tuple[str, ...]
    written: str


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the make target of exports."""
    return [Target("make", "export", "a Makefile that runs what is out of date", _render, _THEN)]


def _render(export: ExportContext) -> dict[str, str]:
    made = "".join(f' "$$WORKDIR"/{quote_shell(path).replace("$", "$$")}' for path in export.writes)
    context = _Makefile(
        target=export.target,
        result=export.result,
        code=export.code,
        inputs=export.inputs,
        steps=export.steps,
        writes=export.writes,
        written=made,
    )
    return {"Makefile": render_template("targets", "Makefile.j2", context)}
