"""Opening: what a bare `%nbmlops` shows."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from nbmlops.api.capturing import capture_status, is_running
from nbmlops.faces.blocks import Line
from nbmlops.faces.panel.desk import Screen
from nbmlops.faces.panel.screens.export import EXPORT
from nbmlops.faces.panel.screens.lineage import LINEAGE
from nbmlops.faces.panel.screens.models import MODELS
from nbmlops.faces.panel.screens.monitor import MONITOR
from nbmlops.faces.panel.screens.package import PACKAGE
from nbmlops.faces.panel.screens.runs import RUNS
from nbmlops.faces.panel.view import View
from nbmlops.faces.show_status import show_status

__all__ = ["SCREENS", "make_view", "show_panel"]

SCREENS: tuple[Screen, ...] = (RUNS, LINEAGE, EXPORT, MODELS, PACKAGE, MONITOR)
"""The screens, in the order of their tabs."""
# The panels of a kernel show one store, and what one of them started ends with the kernel and not with it.
_PEERS: weakref.WeakSet[View] = weakref.WeakSet()
_HELD: dict[str, Any] = {}


def make_view(namespace: Mapping[str, Any], fixed: bool = False) -> View:
    """Return a view of this kernel; one that is fixed only looks."""
    held = None if fixed else _HELD
    return View(
        SCREENS, None, namespace, fixed, is_busy=is_running, summary=_summarise, peers=_PEERS, held=held
    )


def _summarise() -> list[Line]:
    return [block for block in show_status(capture_status()) if isinstance(block, Line)]


def show_panel(shell: InteractiveShell) -> None:
    """Show the panel; in a terminal what can be read of its first screen."""
    view = make_view(shell.user_ns)
    if getattr(shell, "kernel", None) is None:
        print(view.show_plain()[0])  # noqa: T201
        return
    # anywidget takes as long to import as all of nbmlops: only where the panel is shown
    from nbmlops.faces.panel.widget import PanelWidget

    display(PanelWidget(view))
