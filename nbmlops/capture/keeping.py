"""Keeping: the contents that records refer to, and where a file that was read may have come from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbmlops.capture.files import Observed
from nbmlops.capture.stamps import stamp_file
from nbmlops.core.digest import digest_bytes
from nbmlops.core.resource import CHANGED_MEANWHILE, MADE_MEANWHILE, Effect, Read
from nbmlops.values.codec import Unsavable, save_value
from nbmlops.values.fingerprint import estimate_bytes

__all__ = ["Keeping"]


@dataclass(slots=True)
class Keeping:
    """Collects bytes (input files, answers, random states) until the recorder takes them to the store.

    `cap` is the most bytes of one value, `kernel_start` when the kernel began; `produced` are files that
    observed statements wrote, with the digest of what the last one left, where it is known; `removed` those
    that they deleted, `unseen` says what could not be kept.
    """

    cap: int
    kernel_start: float
    contents: dict[str, bytes] = field(default_factory=dict)
    produced: dict[str, str | None] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    unseen: list[str] = field(default_factory=list)

    def keep(self, content: bytes) -> str:
        """Keep some bytes, and return their digest."""
        digest = digest_bytes(content)
        self.contents[digest] = content
        return digest

    def can_matter(self, read: Read) -> bool:
        """Say whether a file was there, or may be missing because of what the notebook did."""
        path = read.resource.key
        is_file = read.resource.kind == "file"
        known = path in self.produced or path in self.removed
        return not is_file or bool(read.content) or known or os.path.exists(path)

    def doubt_origin(self, read: Read, observed: Observed) -> Read:
        """Say of a file that was read if nothing that was observed made it, though it is that new.

        That is also one which a statement wrote and which was something else when it was read. The text of a
        person's own modules is edited beside the notebook, and holds no answers.
        """
        path = read.resource.key
        if read.resource.kind != "file" or not read.content:
            return read
        if path in self.produced:
            left = self.produced[path]
            is_other = read.certain and left is not None and left != read.content
            return replace(read, because=CHANGED_MEANWHILE, certain=False) if is_other else read
        if path.endswith(".py"):
            return read
        changed = observed.times.get(path)
        if changed is None and path not in observed.written:
            stamp = stamp_file(path)
            changed = stamp[0] / 1e9 if stamp else None
        if changed is None or changed < self.kernel_start:
            return read
        return replace(read, because=MADE_MEANWHILE, certain=False)

    def keep_answer(self, effect: Effect, namespace: Mapping[str, Any]) -> Effect:
        """Keep the value of a name that a call to the outside world made: it may never answer so again."""
        value = namespace.get(effect.resource.key)
        if effect.resource.kind != "name" or effect.change == "deleted" or estimate_bytes(value) > self.cap:
            return effect
        try:
            codec, content = save_value(value)
        except Unsavable as reason:
            if effect.fingerprint is not None:  # else it is a handle: a connection or a program is no answer
                self.unseen.append(f"the answer in `{effect.resource.key}` could not be kept: {reason}")
            return effect
        return replace(effect, content=self.keep(content)) if codec == "pickle" else effect

    def keep_inputs(
        self, reads: Sequence[Read], effects: Sequence[Effect], overwritten: Mapping[str, bytes]
    ) -> None:
        """Keep the files that a statement read and that no earlier one had written as they were."""
        for path, content in overwritten.items():
            if path not in self.produced or self.produced[path] != digest_bytes(content):
                self.keep(content)
        for read in reads:
            path = read.resource.key
            own = read.module is not None or path not in self.produced or read.because == CHANGED_MEANWHILE
            if read.resource.kind == "file" and own and read.content:
                self._keep_file(path, read.content)
        self.produced |= {e.resource.key: e.content for e in effects if e.change == "written"}
        self.removed |= {e.resource.key for e in effects if e.change == "deleted"}

    def _keep_file(self, path: str, digest: str) -> None:
        if digest in self.contents:
            return
        try:
            if Path(path).stat().st_size > self.cap:
                self.unseen.append(f"'{path}' is larger than {self.cap // 2**20} MB and was not kept")
                return
            content = Path(path).read_bytes()
        except OSError as problem:
            self.unseen.append(f"'{path}' could not be kept: {problem}")
            return
        if digest_bytes(content) == digest:
            self.contents[digest] = content
