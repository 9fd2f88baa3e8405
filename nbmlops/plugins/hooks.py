"""Hooks: the questions that a plug-in may answer."""

from __future__ import annotations

import pluggy

from nbmlops.plugins.target import Target
from nbmlops.plugins.tracker import Tracker

__all__ = ["PROJECT", "hookimpl", "hookspec", "nbmlops_targets", "nbmlops_trackers"]

PROJECT = "nbmlops"
"""The name that pluggy knows the hooks by, and the entry point group of foreign plug-ins."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def nbmlops_targets() -> list[Target]:  # type: ignore[empty-body]
    """Return the targets that this plug-in adds.

    Returns
    -------
    list of Target
        In any order; a name that another plug-in has given to a target of the same kind is an error.

    Examples
    --------
    >>> @hookimpl
    ... def nbmlops_targets():
    ...     return [Target("ship", "export", "a ship", lambda export: {"ship.txt": export.path})]
    """


@hookspec
def nbmlops_trackers() -> list[Tracker]:  # type: ignore[empty-body]
    """Return the trackers that this plug-in adds: systems that runs are pushed to and pulled from.

    Returns
    -------
    list of Tracker
        A name that another plug-in has given to a tracker is an error.
    """
