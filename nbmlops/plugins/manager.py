"""The manager: built-in plug-ins by dotted name, foreign ones by entry point, asked alike."""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.metadata
from collections.abc import Iterable

import pluggy

from nbmlops.errors import NbmlopsError, UsageError
from nbmlops.plugins import hooks
from nbmlops.plugins.target import Target, TargetKind
from nbmlops.plugins.tracker import Tracker

__all__ = [
    "BUILT_IN",
    "create_manager",
    "find_target",
    "find_tracker",
    "get_manager",
    "list_trackers",
    "targets_for",
]

_TARGETS = ("airflow", "dask", "docker", "dvc", "github", "gitlab", "kfp", "kubernetes", "make", "ray")
_TRACKERS = ("mlflow", "wandb")
_TYPED = {"export": "nbmlops export NAME DIR", "package": "nbmlops package MODEL@ALIAS DIR"}
BUILT_IN = (
    *(f"nbmlops.targets.{name}" for name in _TARGETS),
    *(f"nbmlops.trackers.{name}" for name in _TRACKERS),
)
"""The modules of the built-in plug-ins."""


def create_manager(built_in: Iterable[str] = BUILT_IN) -> pluggy.PluginManager:
    """Load every plug-in; one that cannot be loaded is an `NbmlopsError` that names its distribution."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    for name in built_in:
        manager.register(importlib.import_module(name), name)
    for point in importlib.metadata.entry_points(group=hooks.PROJECT):
        _register_foreign(manager, point)
    return manager


@functools.cache
def get_manager() -> pluggy.PluginManager:
    """Return the manager of this process, with every plug-in loaded."""
    return create_manager()


def _register_foreign(manager: pluggy.PluginManager, point: importlib.metadata.EntryPoint) -> None:
    owner = point.dist.name if point.dist else point.value
    try:
        manager.register(point.load(), point.name)
    except Exception as error:
        raise NbmlopsError(
            f"The plug-in '{point.name}' of the distribution '{owner}' cannot be loaded: "
            f"{type(error).__name__}: {error}.",
            f"Mend or remove it: `pip uninstall {owner}`.",
        ) from error


def targets_for(kind: TargetKind, manager: pluggy.PluginManager | None = None) -> dict[str, Target]:
    """Return the targets of a kind by name; two of one name are an `NbmlopsError`."""
    found: dict[str, Target] = {}
    for targets in (manager or get_manager()).hook.nbmlops_targets():
        for target in targets:
            if target.kind != kind:
                continue
            if target.name in found:
                raise NbmlopsError(
                    f"Two plug-ins bring a target named '{target.name}'.", "Uninstall one of them."
                )
            found[target.name] = target
    return dict(sorted(found.items()))


def find_target(kind: TargetKind, name: str, manager: pluggy.PluginManager | None = None) -> Target:
    """Return a target by name; one that is not there is a `UsageError` that names those close to it."""
    targets = targets_for(kind, manager)
    if name in targets:
        return targets[name]
    other: TargetKind = "package" if kind == "export" else "export"
    if name in targets_for(other, manager):
        raise UsageError(
            f"'{name}' is no target of {kind}s but of {other}s.",
            f"Type `{_TYPED[other]} --for {name}`; {kind}s have {', '.join(targets) or 'none'}.",
        )
    close = difflib.get_close_matches(name, targets, n=3)
    known = ", ".join(close or targets) or "none"
    raise UsageError(
        f"There is no target '{name}' for a{'n' if kind == 'export' else ''} {kind}; "
        f"{'close' if close else 'known'}: {known}.",
        f"Name one of these: `--for {close[0] if close else next(iter(targets), 'TARGET')}`.",
    )


def list_trackers(manager: pluggy.PluginManager | None = None) -> dict[str, Tracker]:
    """Return the trackers by name; two of one name are an `NbmlopsError`."""
    found: dict[str, Tracker] = {}
    for trackers in (manager or get_manager()).hook.nbmlops_trackers():
        for tracker in trackers:
            if tracker.name in found:
                raise NbmlopsError(
                    f"Two plug-ins bring a tracker named '{tracker.name}'.", "Uninstall one of them."
                )
            found[tracker.name] = tracker
    return dict(sorted(found.items()))


def find_tracker(name: str, manager: pluggy.PluginManager | None = None) -> Tracker:
    """Return a tracker by name; one that is not there is a `UsageError` that names those that are."""
    trackers = list_trackers(manager)
    if name not in trackers:
        raise UsageError(f"There is no tracker '{name}'; known: {', '.join(trackers)}.", "Name one of these.")
    return trackers[name]
