"""The desk: what a panel has chosen and typed, and the verbs that its screens may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nbmlops.api.capturing import capture_status
from nbmlops.core.progress import Progress, silent
from nbmlops.errors import UsageError
from nbmlops.faces.blocks import Line
from nbmlops.faces.calling import call_request
from nbmlops.faces.grammar import Request
from nbmlops.faces.panel.parts import Field, Part
from nbmlops.faces.verbs import find_verb

__all__ = ["ASKING", "PAGE", "Act", "Asker", "Caller", "Desk", "Screen", "Worker"]

PAGE = 50
ASKING = frozenset({"runs", "show", "compare", "history", "slice", "why", "models", "diff", "hints"})
"""The verbs that a page which only shows may call."""


class Worker(Protocol):
    """Starts a verb that takes long; what comes of it is told when it is done."""

    def __call__(
        self, verb: str, keywords: Mapping[str, Any], then: Callable[[Any], Line], title: str
    ) -> None:
        """Start it, say under which title it works, and turn its record into what the status line says."""


class Asker(Protocol):
    """Asks once more before a verb that cannot be taken back."""

    def __call__(
        self,
        verb: str,
        keywords: Mapping[str, Any],
        then: Callable[[Any], Line],
        text: str,
        yes: str,
        fields: tuple[Field, ...] = (),
    ) -> None:
        """Ask with a text, offer fields and a `yes`; then call the verb, and say what came of it."""


class Caller(Protocol):
    """Starts what takes long and is part of no verb's record, as a service that only this kernel uses."""

    def __call__(self, call: Callable[[Progress], Any], then: Callable[[Any], Line], title: str) -> None:
        """Start it, say under which title it works, and turn its outcome into what the status line says."""


@dataclass(slots=True)
class Desk:
    """What is chosen on the screens, and the way to the verbs.

    `namespace` are the kernel's names where there is a kernel; a page that is `fixed` shows, and changes
    nothing. `chosen` holds what each screen remembers, by the screen's name; `held` what was started here;
    `wrote` says that something was changed which other panels show too.
    """

    store: Path | None = None
    namespace: Mapping[str, Any] = field(default_factory=dict)
    fixed: bool = False
    screen: str = "runs"
    status: Line = field(default_factory=lambda: Line(""))
    chosen: dict[str, dict[str, Any]] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)
    wrote: bool = False
    start: Worker | None = None
    start_call: Caller | None = None
    ask_first: Asker | None = None

    def ask(self, verb: str, **keywords: Any) -> Any:
        """Call a verb that only asks, and return its record; a page that is `fixed` calls no other."""
        if self.fixed and (verb not in ASKING or keywords.get("action") is not None):
            raise UsageError(f"This page only shows: it cannot {verb}.", f"Type `nbmlops {verb} --help`.")
        self.wrote = self.wrote or verb not in ASKING
        return call_request(Request(find_verb(verb), {**keywords, "store": self.store}), silent)

    @property
    def holds(self) -> str | None:
        """The history that this kernel is recorded in, if it is."""
        return capture_status().history if self.namespace else None

    def remember(self, screen: str) -> dict[str, Any]:
        """Return what a screen remembers, to be read and changed."""
        return self.chosen.setdefault(screen, {})

    def say(self, text: str, tone: Any = "plain") -> None:
        """Say something in the status line."""
        self.status = Line(text, tone)


Act = Callable[[Desk, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: its title, what it shows, and the acts that its parts may name."""

    name: str
    title: str
    show: Callable[[Desk], Sequence[Part]]
    acts: Mapping[str, Act] = field(default_factory=dict)
