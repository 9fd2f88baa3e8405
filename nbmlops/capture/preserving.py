"""Preserving: tables that models are fitted on and measured with are kept unasked, as far as time allows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbmlops.core.history import Execution
from nbmlops.core.value import SavedValue
from nbmlops.values.codec import Unsavable, save_pieces
from nbmlops.values.fingerprint import estimate_bytes
from nbmlops.values.pieces import Pieces
from nbmlops.values.profile import frame_shape
from nbmlops.values.structure import name_type

__all__ = ["Preserving"]

_USES = re.compile(
    r"\b(?:partial_)?fit\w*\s*\(|\bpredict\w*\s*\(|score\w*\s*\(|_(?:loss|error)\s*\(|\bevaluate\s*\("
)
_NOTE = "it was kept when a model was fitted on it or measured with it, and not described"
_LEAST, _SPEED = 1e-3, 100e6
_SHARE = 0.005


@dataclass(slots=True)
class Preserving:
    """Chooses what to keep after an execution.

    It may take a two-hundredth of the time that has gone by, by the clock; what is too dear is kept when the
    history ends, where it is still the same; `postponed` are those, `lost` those that were changed first.
    `cap` is the most bytes of a value, `notes` say what is not kept.
    """

    cap: int
    began: float = field(default_factory=time.monotonic)
    spent: float = 0.0
    versions: dict[str, tuple[int, int]] = field(default_factory=dict)
    kept: dict[str, tuple[int, int]] = field(default_factory=dict)
    postponed: dict[str, tuple[int, int]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def choose(
        self, execution: Execution, namespace: Mapping[str, Any]
    ) -> Iterator[tuple[SavedValue, Pieces | None]]:
        """Yield the tables that a fit or a metric of an execution read, unless they were kept as they are."""
        used: dict[str, None] = {}
        for statement in execution.statements:
            for effect in statement.effects:
                if effect.resource.kind == "name":
                    self._note_lost(effect.resource.key)
                    self.versions[effect.resource.key] = statement.place
                    used.pop(effect.resource.key, None)
            if statement.outcome == "ok" and _USES.search(statement.code):
                changed = {e.resource.key for e in statement.effects}
                used |= dict.fromkeys(
                    r.resource.key
                    for r in statement.reads
                    if r.resource.kind == "name" and r.resource.key not in changed
                )
        for name in used:
            version = self.versions.get(name, (0, 0))
            if name in namespace and self.kept.get(name) != version:
                yield from self._keep(name, namespace[name], version)

    def _note_lost(self, name: str) -> None:
        """Say that a table which was too dear to keep when it was used has been changed since."""
        if self.postponed.pop(name, None) is None or name in self.lost:
            return
        self.lost.add(name)
        self.notes.append(
            f"'{name}', which a model was fitted on or measured with, was too dear to keep at once and has "
            f"changed since: what it was is not kept. `%nbmlops snapshot {name}` before the change keeps it."
        )

    def _keep(
        self, name: str, value: Any, version: tuple[int, int]
    ) -> Iterator[tuple[SavedValue, Pieces | None]]:
        if frame_shape(value) is None:
            return
        size = estimate_bytes(value)
        if size > self.cap:
            self.kept[name] = version
            self.notes.append(
                f"'{name}', which a model was fitted on or measured with, is larger than "
                f"{self.cap // 10**6} MB and not kept: `%nbmlops snapshot {name} --force` keeps it, "
                "`value_cap` is the setting."
            )
            return
        if _LEAST + size / _SPEED > (time.monotonic() - self.began) * _SHARE - self.spent:
            self.postponed[name] = version
            return
        before = time.perf_counter()
        try:
            codec, pieces = save_pieces(value)
        except Unsavable:
            self.kept[name] = version
            return
        self.kept[name] = version
        self.postponed.pop(name, None)
        kind = name_type(type(value))
        yield SavedValue(name, kind, None, pieces.digest, codec, pieces.size, _NOTE), pieces
        self.spent += time.perf_counter() - before
