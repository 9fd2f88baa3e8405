"""KFP: a Kubeflow pipeline whose steps hand on their files as artifacts."""

from __future__ import annotations

from nbmlops.plugins.context import ExportContext
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.templating import render_template

__all__ = ["nbmlops_targets"]

_FILE = "kfp_pipeline.py"
_THEN = f"`python {_FILE} pipeline.yaml` compiles it, `python {_FILE}` runs it on this machine"


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the KFP target of exports."""
    return [Target("kfp", "export", "a pipeline for Kubeflow Pipelines 2", _render, _THEN)]


def _render(context: ExportContext) -> dict[str, str]:
    return {
        _FILE: render_template("targets", f"{_FILE}.j2", context),
        "Dockerfile": render_template("targets", "kfp_image.j2", context),
    }
