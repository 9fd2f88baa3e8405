"""Quiet: whether anything but cells can have run in this kernel."""

from __future__ import annotations

import asyncio
import sys
import threading

__all__ = ["Quiet"]

_OWN_WIDGETS = ("nbmlops.", "ipywidgets.widgets.widget_layout")


class Quiet:
    """Remembers the threads and tasks that were there at first; what joins them may change values.

    Callbacks of widgets run between cells too, so a kernel with live widgets is never quiet.
    """

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._tasks = _count_tasks()

    def holds(self) -> bool:
        """Say whether nothing can have changed a value since the last cell ended."""
        if _has_widgets() or _count_tasks() > self._tasks:
            return False
        return not {t for t in threading.enumerate() if not _is_kernels(t)} - self._threads


def _is_kernels(thread: threading.Thread) -> bool:
    """Whether a thread belongs to the kernel's or a library's own machinery and runs no user code."""
    return thread.name.startswith(
        ("IPythonHistory", "Heartbeat", "Control", "IOPub", "ThreadPoolExecutor-jupyter", "nbmlops ")
    )


def _has_widgets() -> bool:
    """Say whether there are widgets of the person's own: their callbacks may change anything."""
    instances = getattr(sys.modules.get("ipywidgets.widgets.widget"), "_instances", None) or {}
    return any(not type(one).__module__.startswith(_OWN_WIDGETS) for one in list(instances.values()))


def _count_tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # no loop runs: nothing can have been scheduled on it
        return 0
