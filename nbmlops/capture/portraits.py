"""Portraits: the last known content of every name, and which names share objects with it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, TypeAlias

from nbmlops.capture.bindings import Bindings
from nbmlops.capture.budget import Budget
from nbmlops.capture.modules import OwnModules, is_own_module, module_globals
from nbmlops.capture.quiet import Quiet
from nbmlops.values.fingerprint import Portrait, estimate_bytes, holds_attributes, portray, portray_plain
from nbmlops.values.structure import locate

__all__ = ["Gallery", "Met", "Seen"]

Met: TypeAlias = dict[int, tuple[Any, Portrait | None]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A name as it was at one moment; `portrait` is None where the budget did not allow one.

    `reached` are then the objects that the value was last known to reach.
    """

    identity: int
    portrait: Portrait | None
    reached: frozenset[int] = frozenset()

    @property
    def digest(self) -> str | None:
        """The fingerprint of the content, where it is known."""
        return self.portrait.digest if self.portrait else None

    @property
    def objects(self) -> frozenset[int]:
        """The identities of the objects that the value reaches, as far as known."""
        return self.portrait.objects if self.portrait else self.reached | {self.identity}

    @property
    def names(self) -> frozenset[str]:
        """The global names that functions within the value look up when they are called."""
        return self.portrait.names if self.portrait else frozenset()


class Gallery:
    """Keeps one `Seen` a name, and never a reference to a value.

    The person's own modules have portraits too, under the keys that `OwnModules` gives them. `kept` are
    names that something else has been given, and may use during any statement; `attached` those that a
    library was given for its own, as a method or an accessor; `started` those in what was started beside
    the statements; `literals` names that hold what is written
    down in the statement that bound them, and not nothing.
    """

    def __init__(self, namespace: dict[str, Any], budget: Budget) -> None:
        self._namespace = namespace
        self._budget = budget
        self._seen: dict[str, Seen] = {}
        self._fresh: set[str] = set()
        self._surprises: set[str] = set()
        self.bindings = Bindings(namespace)
        self.kept: set[str] = set()
        self.attached: set[str] = set()
        self.started: set[str] = set()
        self._shared: set[str] = set()
        self.literals: set[str] = set()
        self._quiet = Quiet()
        self._modules = OwnModules()

    def start_execution(self) -> None:
        """Trust what was seen before only where nothing can have run between two cells."""
        self.bindings.look()
        if not self._quiet.holds():
            self._fresh.clear()

    def find_running(self) -> set[str]:
        """Return the names in what runs beside the statements, or did when the last one ended."""
        found = set(self.started)
        if found and self._quiet.holds():
            self.started.clear()
        self._shared = set(self.close_over(n for n in found if n in self._namespace))
        return found

    def known(self, name: str) -> Seen | None:
        """Return what was last seen of a name."""
        return self._seen.get(name)

    def digest(self, name: str) -> str | None:
        """Return the fingerprint of a name's content as it was last seen, if it is known."""
        seen = self._seen.get(name)
        return seen.digest if seen else None

    def look(self, name: str, again: bool = False, met: Met | None = None) -> Seen | None:
        """Return what a name holds now, taking a new portrait where the last one may be old.

        `met` are the objects that were looked at in the same moment: no two portraits are taken of one.
        """
        if not self._holds(name):
            self._seen.pop(name, None)
            return None
        value = self._namespace[name] if name in self._namespace else self._modules.find()[name]
        known = self._seen.get(name)
        if known is not None and not again and name in self._fresh and known.identity == locate(value):
            return known
        if known is not None and not again and name in self._shared:
            return known  # what a thread did to it meanwhile is seen after the statement, as done beside it
        same = None if met is None else met.get(locate(value))
        portrait = self._portray(value, known) if same is None else same[1]
        if met is not None:
            met[locate(value)] = value, portrait
        seen = Seen(locate(value), portrait, known.objects if known else frozenset())
        if known is not None and not again and known.digest != seen.digest:
            self._surprises.add(name)
        self._seen[name] = seen
        self._fresh.add(name)
        return seen

    def _holds(self, name: str) -> bool:
        return name in self._namespace or name in self._modules.find()

    def modules(self) -> dict[str, ModuleType]:
        """Return the person's own modules by key."""
        return self._modules.find()

    def find_changed(self) -> list[str]:
        """Return the names whose content is no longer what it was when they were last looked at."""
        before = {name: seen.digest for name, seen in self._seen.items() if self._holds(name)}
        after = {name: self.look(name, again=True) for name in before}
        return [
            n for n, seen in after.items() if seen is None or seen.digest is None or seen.digest != before[n]
        ]

    def take_surprises(self) -> list[str]:
        """Return the names whose content changed while no observed statement ran, and forget them."""
        found, self._surprises = sorted(self._surprises), set()
        return found

    def _portray(self, value: Any, known: Seen | None) -> Portrait | None:
        try:
            return self._take_portrait(value, known)
        except Exception as problem:  # noqa: BLE001 - a user's type may refuse any question
            reason = f"it cannot be looked at ({type(problem).__name__})"
            return Portrait(None, frozenset({locate(value)}), frozenset(), reason, 0)

    def _take_portrait(self, value: Any, known: Seen | None) -> Portrait | None:
        own = is_own_module(value)
        plain = None if own else portray_plain(value)
        if plain is not None:
            return plain
        if own:
            value = module_globals(value)
        same = known is not None and known.identity == locate(value) and holds_attributes(type(value))
        nbytes = known.portrait.nbytes if known and known.portrait and same else estimate_bytes(value)
        if not self._budget.allows(nbytes):
            return None
        began = time.thread_time()
        portrait = portray(value, self._namespace)
        self._budget.spend(time.thread_time() - began, portrait.nbytes)
        return replace(portrait, objects=portrait.objects - {locate(value)}) if own else portrait

    def sharing(self, objects: frozenset[int], apart: Iterable[str]) -> set[str]:
        """Return the known names, apart from those given, that reach any of `objects`."""
        if not objects:
            return set()
        skip = set(apart)
        return {
            name
            for name, seen in self._seen.items()
            if name not in skip and self._holds(name) and not seen.objects.isdisjoint(objects)
        }

    def close_over(self, names: Iterable[str]) -> dict[str, str | None]:
        """Add the names that functions within the values will look up.

        Returns each name with the name through which it is reached (None where it was given).
        """
        found: dict[str, str | None] = dict.fromkeys(names)
        waiting = list(found)
        while waiting:
            via = waiting.pop()
            seen = self.look(via)
            for name in seen.names if seen else ():
                if name not in found and name in self._namespace:
                    found[name] = via
                    waiting.append(name)
        return found
