"""Offering: the words that a person may choose from where an argument is typed."""

from __future__ import annotations

from nbmlops.api.experiments import list_runs
from nbmlops.errors import NbmlopsError
from nbmlops.plugins.manager import targets_for

__all__ = ["list_export_targets", "list_package_targets", "list_run_ids"]


def list_export_targets() -> list[str]:
    """Return the names of the targets of exports, those of foreign plug-ins too."""
    return list(targets_for("export"))


def list_package_targets() -> list[str]:
    """Return the names of the targets of packages, those of foreign plug-ins too."""
    return list(targets_for("package"))


def list_run_ids() -> list[str]:
    """Return the ids of the newest runs; none where there is no store."""
    try:
        return [run.id for run in list_runs()]
    except NbmlopsError:
        return []
