"""The sidebar's view: the panel's screens for one comm, to look at and find one's way in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from nbmlops.api.capturing import capture_status
from nbmlops.errors import NbmlopsError
from nbmlops.faces.cell_states import describe_cells
from nbmlops.faces.panel.opening import make_view
from nbmlops.faces.panel.screens.lineage import find_object

__all__ = ["Sidebar"]

_PROTOCOL = 1
_FOLDER = resources.files("nbmlops.faces.panel")
_REFUSED = "Nothing was changed: the sidebar only looks. Open the panel in the notebook for that: %nbmlops"


class Sidebar:
    """One comm's view. It is fixed: whatever is asked of it, no verb is called but those that only ask."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        send: Callable[[dict[str, Any]], None],
        prints: Mapping[str, int],
    ) -> None:
        self._view = make_view(namespace, fixed=True)
        self._send, self._prints = send, prints
        desk = self._view.desk
        desk.start = desk.start_call = desk.ask_first = self._refuse
        self._view.changed = self._view.heard = self.show

    def greet(self) -> None:
        """Send the code that draws the panel, which is the widget's own, and what is shown first."""
        esm, css = (_FOLDER.joinpath(name).read_text("utf-8") for name in ("panel.mjs", "panel.css"))
        self._send({"kind": "hello", "protocol": _PROTOCOL, "esm": esm, "css": css})
        self.show()

    def receive(self, content: Any) -> None:
        """Do what was clicked; `follow` only asks what is shown now."""
        if not isinstance(content, dict) or not isinstance(content.get("act"), str):
            return
        if content["act"] == "follow":
            self.show()
            return
        value = content.get("value")
        self._view.dispatch(content["act"], value if isinstance(value, dict) else {})

    def show(self) -> None:
        """Send what is shown now, and how the cells stand."""
        chosen, cells = self._describe_cells()
        self._send(
            {
                "kind": "show",
                "shown": self._view.show(),
                "object": chosen,
                "cells": cells,
                "prints": dict(self._prints),
                "recording": capture_status().recording,
            }
        )

    def _describe_cells(self) -> tuple[str, dict[str, Any]]:
        desk = self._view.desk
        chosen = find_object(desk)
        if not chosen:
            return "", {}
        try:
            found = desk.ask("why", name=chosen, history=None, notebook=None)
            history = desk.ask("history", history=found.history, notebook=None)
        except NbmlopsError:  # the screen says so, in words
            return chosen, {}
        return chosen, {c: dataclasses.asdict(state) for c, state in describe_cells(found, history).items()}

    def _refuse(self, *_: Any, **__: Any) -> None:
        self._view.desk.say(_REFUSED, "bad")
