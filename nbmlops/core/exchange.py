"""Exchanges: runs and versions as they pass between a store and another tracker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from nbmlops.core.learned import Parameters
from nbmlops.core.run import DataUse

__all__ = [
    "Exchanged",
    "Found",
    "FoundVersion",
    "Known",
    "Marks",
    "Parcel",
    "Point",
    "Series",
    "VersionParcel",
]

Marks = Mapping[str, str]
"""What people said of a run, by the keys under which a store keeps it."""


@dataclass(frozen=True, slots=True)
class Point:
    """A number at a step, and when it was computed, in milliseconds since 1970."""

    value: float
    step: int
    at: int


@dataclass(frozen=True, slots=True)
class Series:
    """A metric with its points, in order."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A run as it is sent: times in milliseconds since 1970.

    `records` are the run's own records as JSON, one a history in which it was found; `state` is their digest.
    `marks` and `unmarked` are what people said of it, and took back, since it was last sent. `files` are
    contents by their names.
    """

    id: str
    name: str
    experiment: str
    status: Literal["finished", "failed", "interrupted"]
    began: int
    ended: int | None
    parameters: Parameters
    series: tuple[Series, ...]
    data: tuple[DataUse, ...]
    parent: str | None
    records: tuple[str, ...]
    state: str
    marks: Marks = field(default_factory=dict)
    unmarked: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """A run of ours that a tracker has: its id there, its states by store, and what is said of it."""

    run: str
    remote: str
    states: Mapping[str, str] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A run that a tracker has, as its list tells; `run` is our id where we sent it, else the tracker's own.

    `state` differs whenever anything of it has changed.
    """

    run: str
    remote: str
    state: str
    ours: bool
    deleted: bool
    running: bool
    marks: Marks = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VersionParcel:
    """A version of a model as it is sent: `key` is the same wherever it goes, `run` is our id of its run.

    `files` reads the contents of its files, where they have to be sent.
    """

    model: str
    version: int
    key: str
    run: str | None
    record: str
    tags: Marks
    files: Callable[[], Mapping[str, bytes]]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """A version that a tracker's registry has; `record` is our own where we sent it."""

    model: str
    version: int
    key: str | None
    run: str | None
    created: str
    state: str
    aliases: tuple[str, ...] = ()
    tags: Marks = field(default_factory=dict)
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What pushing or pulling came to.

    `new`, `updated` and `same` count runs, `versions` those versions of models that are new or changed.
    `deleted` are runs that were deleted there; `notes` say what could not go over as it is, and where it is;
    `tried` that nothing was sent or kept.
    """

    direction: Literal["pushed", "pulled"]
    system: str
    place: str
    new: int = 0
    updated: int = 0
    same: int = 0
    versions: int = 0
    deleted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tried: bool = False
