"""Watching: what a model was asked lately beside its reference, reported and remembered."""

from __future__ import annotations

from pathlib import Path

from nbmlops.core.drift import DriftReport
from nbmlops.core.encoding import dump, load
from nbmlops.core.model import ModelVersion
from nbmlops.core.value import ColumnProfile, Profile
from nbmlops.errors import MonitorError
from nbmlops.lifecycle.packaging import locate_log
from nbmlops.lifecycle.rowcutting import keep_beside, locate_cut
from nbmlops.lifecycle.unpacking import load_estimator, unpack_version
from nbmlops.monitor.answers import profile_answers
from nbmlops.monitor.drift import find_drift
from nbmlops.monitor.reading import read_log
from nbmlops.package.rowcut import RowCut
from nbmlops.package.score import score_rows
from nbmlops.registry.versions import find_version
from nbmlops.store.opening import Store

__all__ = ["watch_model"]


def watch_model(store: Store, model: str, log: Path | None = None) -> DriftReport:
    """Compare the logged predictions of a model's champion with what it was trained on.

    Raises
    ------
    MonitorError
        If there is no log, too little in it, or the version has no reference.
    """
    version = find_version(store, model)
    reference = version.reference or _find_reference(store, version)
    logged = read_log(log or locate_log(store, version.name), version.name, version.version)
    answers = _find_answers(store, version)
    report = find_drift(version.name, version.version, reference, logged, answers)
    store.reports.add(report)
    return report


def _find_reference(store: Store, version: ModelVersion) -> Profile:
    """Return what the row function of a version was verified on; raise MonitorError while it has none."""
    cut = locate_cut(store, version.recipe or "", version.artifact)
    if not cut.is_file():
        raise MonitorError(
            f"Version {version.version} of '{version.name}' has no reference: it is not of one table that is "
            "read plainly.",
            f"Package it, which makes one: `nbmlops package {version.name}@{version.version} DIR`.",
        )
    return load(RowCut, cut.read_bytes()).reference


def _find_answers(store: Store, version: ModelVersion) -> ColumnProfile | None:
    """Return what a version predicts for its own data; None while it has no row function."""
    cut = locate_cut(store, version.recipe or "", version.artifact)
    place = cut.with_suffix(".answers.json")
    if place.is_file():
        return load(ColumnProfile, place.read_bytes())
    if not cut.is_file():
        return None
    found = load(RowCut, cut.read_bytes())
    if not (found.has_target and found.has_reader):
        return None
    with unpack_version(store, version) as unpacked:
        table = next(entry.path for entry in unpacked.inputs if entry.parameter)
        scored = score_rows([(found, load_estimator(store, version))], Path(table))
    answers = profile_answers(scored.predictions[0])
    keep_beside(place, dump(answers))
    return answers
