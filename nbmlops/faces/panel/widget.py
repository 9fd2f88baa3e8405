"""The widget: one anywidget that draws a view, and brings back what is clicked."""

from __future__ import annotations

import threading
from importlib import resources
from typing import Any

import anywidget
import traitlets

from nbmlops.faces.panel.view import View

__all__ = ["PanelWidget"]

# JupyterLab's extension knows a panel by it, and shows the HTML where no kernel draws the widget any more.
_MARK = "application/vnd.nbmlops.panel+json"
_FOLDER = resources.files("nbmlops.faces.panel")


class PanelWidget(anywidget.AnyWidget):
    """Draws what a view shows; with a frontend that has no widgets its text and HTML are seen."""

    _esm = _FOLDER.joinpath("panel.mjs").read_text("utf-8")
    _css = _FOLDER.joinpath("panel.css").read_text("utf-8")
    shown = traitlets.Dict().tag(sync=True)

    def __init__(self, view: View) -> None:
        self._view, self._turn, self._drawn = view, 0, 0
        self._order = threading.Lock()
        super().__init__(shown=view.show())
        view.changed, view.heard = self._refresh, self._hear
        self.on_msg(self._receive)

    def _receive(self, _: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and isinstance(content.get("act"), str):
            value = content.get("value")
            self._count(content["act"])
            self._view.dispatch(content["act"], value if isinstance(value, dict) else {})

    def _count(self, act: str) -> None:
        self._drawn += {"enter": 1, "leave": -1}.get(act, 0)

    def _hear(self) -> None:
        # One whose output was cleared is still there, and nobody looks at it.
        if self._drawn > 0:
            self._refresh()

    def _refresh(self) -> None:
        with self._order:
            # What has not changed is not sent, and the browser waits for an answer to each click.
            self._turn += 1
            self.shown = {**self._view.show(), "turn": self._turn}

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget, and beside it what is read where widgets are not drawn."""
        found = super()._repr_mimebundle_(**options)
        bundle, metadata = found if isinstance(found, tuple) else (found or {}, {})
        text, page = self._view.show_plain()
        return {**bundle, "text/plain": text, "text/html": page, _MARK: {}}, metadata
