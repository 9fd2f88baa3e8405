"""Trackers: other systems that keep runs, to which ours can be pushed and from which theirs can be pulled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nbmlops.core.exchange import Found, FoundVersion, Known, Parcel, VersionParcel
from nbmlops.core.run import Run

__all__ = ["Remote", "Tracker"]


class Remote(Protocol):
    """One place of a tracker, connected to.

    Whatever it refuses, or cannot be asked for, is a `TrackerError`; nothing that it raises or returns
    holds a password or a token. `notes` gathers what could not go over as it is.
    """

    place: str
    notes: list[str]

    def list_known(self) -> Iterator[Known]:
        """Yield the runs there that any store of ours has sent."""
        ...

    def send_run(self, parcel: Parcel, known: Known | None, store: str) -> None:
        """Send a run, new or to the one that is known there, so that sending it again changes nothing."""
        ...

    def restore_run(self, known: Known) -> None:
        """Bring back a run that was deleted there."""
        ...

    def send_versions(self, versions: Iterable[VersionParcel], own: Callable[[str], bool]) -> int:
        """Send versions of models and where their aliases point; return how many were new or changed.

        An alias that points there at a version whose key is not `own` stays.
        """
        ...

    def list_found(self, experiment: str | None) -> Iterator[Found]:
        """Yield every run there, of one experiment or of all."""
        ...

    def fetch_run(self, found: Found, history: str) -> tuple[Run, ...]:
        """Return a run with all that is known of it; one of ours as its own records, by history."""
        ...

    def fetch_files(self, found: Found, most: int, whole: bool) -> Mapping[str, bytes]:
        """Return a run's files, those of more than `most` bytes left out and said.

        Only its code and figures, and only of a run of ours, unless the `whole` is asked for.
        """
        ...

    def list_versions(self) -> Iterator[FoundVersion]:
        """Yield every version of every model there."""
        ...

    def close(self) -> None:
        """Let the place go."""
        ...


@dataclass(frozen=True, slots=True)
class Tracker:
    """One system that keeps runs: `connect` takes what is typed behind its name; `pulls` says it answers."""

    name: str
    summary: str
    connect: Callable[[str], Any]
    pulls: bool = True
