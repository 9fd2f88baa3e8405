"""Bar: the buttons under `%nbmlops` that register a model and approve a version."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from nbmlops.core.model import ModelVersion
from nbmlops.errors import NbmlopsError
from nbmlops.faces.blocks import Line
from nbmlops.faces.calling import call_request
from nbmlops.faces.choices import list_fitted
from nbmlops.faces.grammar import Request
from nbmlops.faces.page import style_line
from nbmlops.faces.verbs import find_verb
from nbmlops.faces.wording import address_text, show_verdict

__all__ = ["Bar"]

_FALLBACK = (
    "Buttons need a live kernel and ipywidgets. Type `%nbmlops register NAME --as MODEL` and "
    "`%nbmlops approve MODEL VERSION` instead."
)
_PAUSE = 0.25


class Bar:
    """Registers an object and approves a version, each by a click.

    Callbacks may come on any thread, also while a cell runs: one at a time works, and whatever it
    raises stands in the status line, because it would be seen nowhere else.
    """

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace
        self._lock = threading.Lock()
        self._told = 0.0
        self._versions: dict[str, ModelVersion] = {}
        self._object = ipywidgets.Dropdown(description="Object", options=())
        self._name = ipywidgets.Text(description="Model", placeholder="a name, for example income")
        self._register = _make_button("Register", "Register this object as a version of the model", "primary")
        self._version = ipywidgets.Dropdown(description="Version", options=())
        self._approve = _make_button("Approve", "Approve this version: asks once more")
        self._cancel = _make_button("Cancel", "Approve nothing")
        self._confirm = _make_button("", "Approve this version now", "success")
        self._status = ipywidgets.HTML(value=style_line("", role="status"))
        self._register.on_click(lambda _: self._attempt(self._do_register))
        self._approve.on_click(lambda _: self._attempt(self._ask_approval))
        self._confirm.on_click(lambda _: self._attempt(self._do_approve))
        self._cancel.on_click(lambda _: self._attempt(self._do_cancel))
        self._version.observe(lambda _: self._ask(False), names="value")
        self.widget = self._lay_out()
        self._ask(False)
        self._attempt(self._refresh)

    def make_bundle(self) -> dict[str, Any]:
        """Return what is displayed: the widget, and words for a frontend that shows no widgets."""
        bundle = dict(self.widget._repr_mimebundle_() or {})
        return {**bundle, "text/plain": _FALLBACK, "text/html": style_line(_FALLBACK, "quiet")}

    def _lay_out(self) -> ipywidgets.VBox:
        wrap = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        first = ipywidgets.HBox([self._object, self._name, self._register], layout=wrap)
        second = ipywidgets.HBox([self._version, self._approve, self._cancel, self._confirm], layout=wrap)
        return ipywidgets.VBox([first, second, self._status])

    def _attempt(self, work: Callable[[], Line]) -> None:
        if not self._lock.acquire(blocking=False):
            self._show(Line("The last click is still being worked on.", "quiet"))
            return
        try:
            self._enable(False)
            self._show(work())
        except NbmlopsError as error:
            self._show(Line(address_text(str(error), "%nbmlops"), "bad"))
        except Exception as error:  # noqa: BLE001 - a callback's exception is shown nowhere else
            self._show(Line(f"{type(error).__name__}: {error}", "bad"))
        finally:
            self._enable(True)
            self._lock.release()

    def _refresh(self) -> Line:
        fitted = list_fitted(self._namespace)
        _replace_options(self._object, fitted)
        found: tuple[ModelVersion, ...] = self._call("models")
        waiting = [version for version in reversed(found) if version.approved is None]
        self._versions = {f"{version.name} {version.version}": version for version in waiting}
        _replace_options(self._version, tuple(self._versions))
        if not self._name.value and found:
            self._name.value = found[-1].name
        return Line("" if fitted else "No fitted model is bound yet.", "quiet")

    def _do_register(self) -> Line:
        name, model = self._object.value, self._name.value.strip()
        if not name:
            self._refresh()
            name = self._object.value
        if not name:
            return Line("No fitted model is bound yet: fit one, then click Register.", "bad")
        if not model:
            return Line("Give the model a name first.", "bad")
        version: ModelVersion = self._call("register", name=name, model=model, history=None, notebook=None)
        self._refresh()
        label = f"{version.name} {version.version}"
        if label in self._versions:
            self._version.value = label
        verdict = show_verdict(version.proof)
        cause = f" ({version.proof.cause})" if version.proof.cause else ""
        return Line(f"Registered {label}. {verdict.text}{cause}", verdict.tone)

    def _ask_approval(self) -> Line:
        self._refresh()
        if self._version.value is None:
            return Line("No version awaits approval.", "quiet")
        self._ask(True)
        return Line(f"Approve {self._version.value}?", "strong")

    def _do_approve(self) -> Line:
        version = self._versions[self._version.value]
        self._ask(False)
        self._call("approve", model=version.name, version=version.version, note="")
        self._refresh()
        champion = f"%nbmlops promote {version.name} {version.version} champion"
        return Line(f"Approved {version.name} {version.version}. Next: {champion}", "good")

    def _do_cancel(self) -> Line:
        self._ask(False)
        return Line("Nothing was approved.", "quiet")

    def _ask(self, asking: bool) -> None:
        self._confirm.description = f"Yes, approve {self._version.value}" if asking else ""
        for button, shown in ((self._approve, not asking), (self._confirm, asking), (self._cancel, asking)):
            button.layout.display = "" if shown else "none"

    def _call(self, verb: str, **keywords: object) -> Any:
        return call_request(Request(find_verb(verb), {**keywords, "store": None}), self._tell)

    def _tell(self, message: str) -> None:
        if time.monotonic() - self._told >= _PAUSE:
            self._told = time.monotonic()
            self._show(Line(message, "quiet"))

    def _show(self, line: Line) -> None:
        self._status.value = style_line(line.text, line.tone, role="status")

    def _enable(self, enabled: bool) -> None:
        for button in (self._register, self._approve, self._confirm, self._cancel):
            button.disabled = not enabled


def _make_button(text: str, tooltip: str, style: str = "") -> ipywidgets.Button:
    layout = ipywidgets.Layout(width="auto")
    return ipywidgets.Button(description=text, tooltip=tooltip, button_style=style, layout=layout)


def _replace_options(dropdown: ipywidgets.Dropdown, options: tuple[str, ...]) -> None:
    chosen = dropdown.value
    dropdown.options = options
    # A dropdown that was empty chooses nothing by itself.
    dropdown.value = chosen if chosen in options else next(iter(options), None)
