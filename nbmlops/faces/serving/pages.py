"""Pages: what each open browser page has chosen, in views that can look at the store and do nothing else."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbmlops.faces.blocks import Line
from nbmlops.faces.panel.opening import SCREENS
from nbmlops.faces.panel.view import View
from nbmlops.faces.wording import show_path

__all__ = ["MOVES", "Pages"]

MOVES = frozenset(
    {
        *("open", "refresh", "enter", "leave", "filter", "sort", "columns", "more", "inspect", "choose"),
        *("compare", "children", "whole", "close"),
    }
)
"""The acts that choose what is shown. An act that is not among them is refused, whatever a screen has."""

_MOST = 32


class Pages:
    """The views of a store, one for each page that is open; the oldest is let go where they are many."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._views: OrderedDict[str, View] = OrderedDict()
        self._lock = threading.Lock()

    def show(self, page: str) -> dict[str, Any]:
        """Return what a page shows now."""
        return self._find(page).show()

    def act(self, page: str, act: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """Do what was clicked, if it is one of `MOVES`, and return what the page shows then.

        Raises PermissionError for any other act.
        """
        if act not in MOVES:
            raise PermissionError(act)
        view = self._find(page)
        view.dispatch(act, value)
        return view.show()

    def _find(self, page: str) -> View:
        with self._lock:
            view = self._views.pop(page, None) or self._make()
            self._views[page] = view
            while len(self._views) > _MOST:
                self._views.popitem(last=False)
            return view

    def _make(self) -> View:
        said = Line(f"read-only · {show_path(self._store)}", "strong")
        return View(SCREENS, store=self._store, fixed=True, summary=lambda: [said], prompt="nbmlops")
