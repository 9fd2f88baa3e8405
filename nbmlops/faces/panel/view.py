"""The view: a panel's state, what it shows of it, and what it does when something is clicked."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, MutableSet, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.core.progress import Progress, silent
from nbmlops.errors import NbmlopsError
from nbmlops.faces.blocks import Line
from nbmlops.faces.calling import call_request
from nbmlops.faces.grammar import Request
from nbmlops.faces.page import render_html
from nbmlops.faces.panel.desk import Desk, Screen
from nbmlops.faces.panel.parts import Confirm, Field, Part, address_parts, describe_parts, plain_blocks
from nbmlops.faces.panel.working import Work
from nbmlops.faces.text import render_text
from nbmlops.faces.verbs import find_verb

__all__ = ["View"]

_FRESH = 120.0
_FALLBACK = (
    "Buttons need a live kernel and ipywidgets: run this cell again. Or type "
    "`nbmlops register NAME --as MODEL` and `nbmlops approve MODEL VERSION`."
)


@dataclass(frozen=True, slots=True)
class _Pending:
    """What was asked for and awaits its second step; `until` is when it goes stale."""

    verb: str
    keywords: Mapping[str, Any]
    then: Callable[[Any], Line]
    text: str
    yes: str
    word: str
    until: float
    fields: tuple[Field, ...] = ()


class View:
    """A panel without any widget.

    `changed` is called, on whichever thread it happens, when there is something new to show, `heard` when
    another of the `peers`, the panels of the same kernel, wrote something. Acts come one at a time; whatever
    one raises stands in the status line. Commands in what is said begin with `prompt`.
    """

    def __init__(
        self,
        screens: Sequence[Screen],
        store: Path | None = None,
        namespace: Mapping[str, Any] | None = None,
        fixed: bool = False,
        is_busy: Callable[[], bool] = lambda: False,
        summary: Callable[[], Sequence[Line]] = tuple,
        peers: MutableSet[View] | None = None,
        held: dict[str, Any] | None = None,
        prompt: str = "%nbmlops",
    ) -> None:
        self._screens = {screen.name: screen for screen in screens}
        self._lock = threading.RLock()
        self._is_busy, self._prompt = is_busy, prompt
        self._summary = summary
        self._pending: _Pending | None = None
        self._work: Work | None = None
        self.changed: Callable[[], None] = lambda: None
        self.heard: Callable[[], None] = lambda: None
        self._peers: MutableSet[View] = set() if peers is None else peers
        self._peers.add(self)
        self.desk = Desk(store, namespace or {}, fixed, next(iter(self._screens)))
        self.desk.held = {} if held is None else held
        if not fixed:
            self.desk.start, self.desk.ask_first = self._start, self._ask_first
            self.desk.start_call = self._start_call

    def dispatch(self, act: str, value: Mapping[str, Any] | None = None) -> None:
        """Do what was clicked; an act that no screen has is told, and does nothing."""
        with self._lock:
            try:
                self._dispatch(act, value or {})
            except NbmlopsError as error:
                self.desk.say(str(error), "bad")
            except Exception as error:  # noqa: BLE001 - it would be seen nowhere else
                self.desk.say(f"{type(error).__name__}: {error}", "bad")
            wrote, self.desk.wrote = self.desk.wrote, False
        self.changed()
        if wrote:
            self._announce()

    def _announce(self) -> None:
        for peer in list(self._peers):
            if peer is not self:
                peer.heard()

    def _dispatch(self, act: str, value: Mapping[str, Any]) -> None:
        if act == "open" and value.get("screen") in self._screens:
            self.desk.screen, self._pending = value["screen"], None
            self.desk.say("")
        elif act == "confirm":
            self._confirm(value)
        elif act == "cancel":
            self._pending = None
            self.desk.say("Nothing was changed.", "quiet")
        elif act == "stop" and self._work is not None:
            self._work.stop()
        elif act == "refresh":
            self.desk.say("")
        elif act in ("enter", "leave"):
            return
        else:
            found = self._screens[self.desk.screen].acts.get(act)
            if found is None:
                self.desk.say(f"This screen has no '{act}'.", "bad")
                return
            self.desk.say("")
            found(self.desk, value)

    def _ask_first(
        self,
        verb: str,
        keywords: Mapping[str, Any],
        then: Callable[[Any], Line],
        text: str,
        yes: str,
        fields: tuple[Field, ...] = (),
    ) -> None:
        word, until = secrets.token_urlsafe(16), time.monotonic() + _FRESH
        self._pending = _Pending(verb, dict(keywords), then, text, yes, word, until, fields)

    def _confirm(self, value: Mapping[str, Any]) -> None:
        word = str(value.get("word", ""))
        pending, self._pending = self._pending, None
        if pending is None or not secrets.compare_digest(word.encode(), pending.word.encode()):
            self.desk.say("Nothing was changed: this was not asked for here.", "bad")
        elif time.monotonic() > pending.until:
            self.desk.say("Nothing was changed: it was asked too long ago. Ask again.", "bad")
        else:
            typed = {f.name: str(value[f.name]).strip() for f in pending.fields if f.name in value}
            keywords = {**pending.keywords, **typed, "store": self.desk.store}
            request = Request(find_verb(pending.verb), keywords)
            self.desk.wrote = True
            self.desk.status = pending.then(call_request(request, silent))

    def _start(self, verb: str, keywords: Mapping[str, Any], then: Callable[[Any], Line], title: str) -> None:
        request = Request(find_verb(verb), {**keywords, "store": self.desk.store})
        self._start_call(lambda progress: call_request(request, progress), then, title)

    def _start_call(self, call: Callable[[Progress], Any], then: Callable[[Any], Line], title: str) -> None:
        if self._work is not None:
            self.desk.say(f"'{self._work.title}' is still at work.", "quiet")
            return
        self.desk.say(f"{title}: at work", "quiet")
        self._work = Work(title, call, then, self._is_busy, self._tell, self._finish)
        self._work.begin()

    def _tell(self, message: str) -> None:
        self.desk.say(message, "quiet")
        self.changed()

    def _finish(self, line: Line) -> None:
        with self._lock:
            # Its thread still lives, and nothing more comes of it.
            self.desk.status, self._work = line, None
        self.changed()
        self._announce()

    def show(self) -> dict[str, Any]:
        """Return what is shown now, as JSON."""
        with self._lock:
            parts = self._show_parts()
            return {
                "summary": describe_parts(address_parts(self._summary(), self._prompt)),
                "tabs": [
                    {"name": s.name, "title": s.title, "open": s.name == self.desk.screen}
                    for s in self._screens.values()
                ],
                "parts": describe_parts(parts),
                "status": describe_parts(address_parts([self.desk.status], self._prompt))[0],
                "working": self._work is not None,
            }

    def _show_parts(self) -> list[Part]:
        screen = self._screens[self.desk.screen]
        try:
            parts = list(screen.show(self.desk))
        except NbmlopsError as error:
            parts = [Line(str(error), "bad")]
        except Exception as error:  # noqa: BLE001 - it would be seen nowhere else
            parts = [Line(f"{type(error).__name__}: {error}", "bad")]
        if self._pending is not None:
            asked = self._pending
            parts.insert(0, Confirm(asked.text, asked.yes, asked.word, asked.fields))
        return address_parts(parts, self._prompt)

    def show_plain(self) -> tuple[str, str]:
        """Return what can be read without clicking, as text and as HTML."""
        with self._lock:
            shown = [*self._summary(), *self._show_parts()]
        if not self.desk.fixed:
            shown.append(Line(_FALLBACK, "quiet"))
        blocks = plain_blocks(address_parts(shown, self._prompt))
        return render_text(blocks), render_html(blocks)
