"""Watching: what a model was asked lately beside its reference, reported and remembered."""

from __future__ import annotations

from pathlib import Path

from nbmlops.core.drift import DriftReport
from nbmlops.errors import MonitorError
from nbmlops.lifecycle.packaging import locate_log
from nbmlops.monitor.drift import find_drift
from nbmlops.monitor.reading import read_log
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
    if version.reference is None:
        raise MonitorError(
            f"Version {version.version} of '{version.name}' has no reference: it is not of one table.",
            "Register a model that reads one table, or compare its data by hand.",
        )
    logged = read_log(log or locate_log(store, version.name), version.name, version.version)
    report = find_drift(version.name, version.version, version.reference, logged)
    store.reports.add(report)
    return report
