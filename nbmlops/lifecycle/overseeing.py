"""Overseeing: what was exported earlier, which run it rests on, and what a retraining may replace."""

from __future__ import annotations

from pathlib import Path

from nbmlops.core.digest import digest_file
from nbmlops.core.overview import PastExport
from nbmlops.lifecycle.unpacking import load_recipe
from nbmlops.registry.versions import find_version
from nbmlops.store.exports import StoredExport
from nbmlops.store.opening import Store

__all__ = ["list_past", "list_replaceable"]

_MOST = 20


def list_past(store: Store) -> tuple[PastExport, ...]:
    """Return the newest export of each directory with its newest proof, the newest first."""
    return tuple(_describe_past(store, export) for export in store.exports.list_newest(_MOST))


def _describe_past(store: Store, export: StoredExport) -> PastExport:
    pipeline = Path(export.path) / "pipeline.py"
    written = export.files.get("pipeline.py")
    there = pipeline.is_file() and digest_file(pipeline) == written
    return PastExport(
        path=export.path,
        target=export.target,
        history=export.history,
        at=export.at,
        proof=store.proofs.for_export(export.path),
        there=there,
        run=_find_run(store, export),
    )


def _find_run(store: Store, export: StoredExport) -> str | None:
    """Return the run that an export rests on; None where several could be meant."""
    executions = {execution for execution, _ in export.lines.values()}
    fitted = store.runs.fitted_by(export.history, export.target, export.at)
    last = max((at for _, at in fitted), default=0)
    found = {run for run, at in fitted if at == last}
    return found.pop() if len(found) == 1 and last in executions else None


def list_replaceable(store: Store, model: str) -> tuple[str, ...]:
    """Return the names of the inputs of a model's champion, or of its newest version."""
    inputs = load_recipe(store, find_version(store, model)).pipeline.inputs
    return tuple(entry.parameter for entry in inputs if entry.parameter)
