"""Slices: the statements that an object needs, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.core.history import Statement
from nbmlops.core.resource import Read, Resource

__all__ = ["PROVED_NEEDLESS", "Explained", "Reason", "Restore", "Slice"]

PROVED_NEEDLESS = "it was assumed to matter, and proved unnecessary by trial"
"""Why an assumed statement was dropped: without it, a fresh process made the same object, bit for bit."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a statement is in a slice, or why it is not."""

    resource: Resource | None
    because: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Explained:
    """A statement with the verdict of the slicing on it."""

    statement: Statement
    kept: bool
    reasons: tuple[Reason, ...]

    @property
    def certain(self) -> bool:
        """Whether at least one reason rests on what was seen."""
        return any(reason.certain for reason in self.reasons)

    @property
    def proved_needless(self) -> bool:
        """Whether it was only assumed to matter, and a trial has shown that it does not."""
        return not self.kept and any(reason.because == PROVED_NEEDLESS for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Restore:
    """A recorded random state that has to be put back.

    Before the statement at `place` for a stream; after it where `stream` is the name of a
    generator that was made without a seed. `content` is the digest of the state in the store.
    """

    place: tuple[int, int]
    stream: str
    content: str
    after: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """All statements of a history as one object sees them.

    `inputs` are the reads of files and of the outside world that no kept statement produced;
    `missing` names that are read but that no recorded statement bound; `late` names that the object
    itself looks up when it is called, which belong to it as they stood at the end.
    """

    history: str
    target: str
    explained: tuple[Explained, ...]
    inputs: tuple[Read, ...] = ()
    restores: tuple[Restore, ...] = ()
    missing: tuple[str, ...] = ()
    late: tuple[str, ...] = ()

    @property
    def kept(self) -> tuple[Statement, ...]:
        """The statements of the slice, in the order of running."""
        return tuple(e.statement for e in self.explained if e.kept)
