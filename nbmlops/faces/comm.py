"""Comm: where JupyterLab's sidebar reaches a kernel that is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from nbmlops.faces.cell_states import print_source

__all__ = ["TARGET", "Channel", "offer_comm", "withdraw_comm"]

TARGET = "nbmlops"
_MOST = 16
_EVENT = "pre_run_cell"
_KEY = "_nbmlops_channel"


def offer_comm(shell: InteractiveShell) -> None:
    """Answer the sidebars of a shell that has a kernel; in a terminal there are none."""
    manager = _find_manager(shell)
    if manager is not None and getattr(manager, _KEY, None) is None:
        channel = Channel(shell.user_ns)
        manager.register_target(TARGET, channel.open)
        shell.events.register(_EVENT, channel.note_cell)
        setattr(manager, _KEY, channel)


def withdraw_comm(shell: InteractiveShell) -> None:
    """Close every sidebar's comm, and answer no more."""
    manager = _find_manager(shell)
    channel: Channel | None = getattr(manager, _KEY, None)
    if manager is not None and channel is not None:
        delattr(manager, _KEY)
        shell.events.unregister(_EVENT, channel.note_cell)
        manager.unregister_target(TARGET, channel.open)
        channel.close()


def _find_manager(shell: InteractiveShell) -> Any:
    return getattr(getattr(shell, "kernel", None), "comm_manager", None)


class Channel:
    """The comms of one kernel, and the print of each cell's text as it last ran."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._comms: list[Any] = []
        self.prints: dict[str, int] = {}

    def note_cell(self, info: Any) -> None:
        """Remember what a cell held when it ran."""
        if getattr(info, "cell_id", None):
            self.prints[info.cell_id] = print_source(info.raw_cell)

    def open(self, comm: Any, message: Any) -> None:
        """Give a comm a view of its own; where very many are open, the oldest is closed."""
        from nbmlops.faces.sidebar import Sidebar  # with all screens: most kernels are asked for none

        sidebar = Sidebar(self._namespace, comm.send, self.prints)
        comm.on_msg(lambda heard: sidebar.receive(heard["content"]["data"]))
        comm.on_close(lambda _: self._forget(comm))
        self._comms.append(comm)
        for oldest in self._comms[:-_MOST]:
            self._forget(oldest)
            oldest.close()
        sidebar.greet()

    def close(self) -> None:
        """Close every comm."""
        for comm in list(self._comms):
            self._forget(comm)
            comm.close()

    def _forget(self, comm: Any) -> None:
        if comm in self._comms:
            self._comms.remove(comm)
