"""Housekeeping: what cleaning, copying and forgetting came to."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bundled", "Collected", "Copied", "Forgotten"]


@dataclass(frozen=True, slots=True)
class Collected:
    """What ``gc`` lets go, or would: `contents` values and files, `freed` bytes of them as they are packed.

    `kept_days` is the retention that was applied (None: none); `size` are the bytes of the store now.
    """

    store: str
    applied: bool
    contents: int
    freed: int
    values: tuple[str, ...]
    size: int
    kept_days: int | None = None


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of a store: `aside` is where the store was moved to that it replaced."""

    store: str
    path: str
    size: int
    aside: str | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What ``forget`` took out of a store, and which versions were made with it."""

    what: str
    contents: int
    records: int
    versions: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle that was written, put into quarantine or taken in, or a store that is trusted: see `state`."""

    path: str
    state: str
    histories: tuple[str, ...]
    size: int = 0
