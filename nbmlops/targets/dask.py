"""Dask: a script that runs a pipeline's steps on a cluster of Dask, and scikit-learn's loops as well."""

from __future__ import annotations

from nbmlops.plugins.context import ExportContext
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.target import Target
from nbmlops.templating import render_template

__all__ = ["nbmlops_targets"]

_FILE = "run_on_dask.py"
_THEN = f"`python {_FILE}` makes it on this machine's cores; `python {_FILE} --help` says how on others"


@hookimpl
def nbmlops_targets() -> list[Target]:
    """Return the Dask target of exports."""
    return [Target("dask", "export", "a script that runs the steps on Dask", _render, _THEN)]


def _render(context: ExportContext) -> dict[str, str]:
    return {_FILE: render_template("targets", f"{_FILE}.j2", context)}
