"""Offering: the words that a person may choose from where an argument is typed."""

from __future__ import annotations

from nbmlops.api.experiments import list_runs
from nbmlops.errors import NbmlopsError
from nbmlops.package.rowcut import FORMATS
from nbmlops.plugins.manager import list_trackers, targets_for

__all__ = [
    "list_export_targets",
    "list_model_formats",
    "list_package_targets",
    "list_run_ids",
    "list_tracker_names",
]


def list_export_targets() -> list[str]:
    """Return the names of the targets of exports, those of foreign plug-ins too."""
    return list(targets_for("export"))


def list_package_targets() -> list[str]:
    """Return the names of the targets of packages, those of foreign plug-ins too."""
    return list(targets_for("package"))


def list_model_formats() -> list[str]:
    """Return the formats in which a package may hold its model, the usual one first."""
    return list(FORMATS)


def list_tracker_names() -> list[str]:
    """Return the names of the trackers, those of foreign plug-ins too."""
    return list(list_trackers())


def list_run_ids() -> list[str]:
    """Return the ids of the newest runs; none where there is no store."""
    try:
        return [run.id for run in list_runs()]
    except NbmlopsError:
        return []
