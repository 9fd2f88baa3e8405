"""MLflow: runs, their files, and the registry of a tracking server, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from nbmlops.core.exchange import Found, FoundVersion, Known, Parcel, VersionParcel
from nbmlops.core.run import Run
from nbmlops.plugins.hooks import hookimpl
from nbmlops.plugins.tracker import Tracker
from nbmlops.trackers.mlflow_client import connect_server
from nbmlops.trackers.mlflow_fetching import Fetching
from nbmlops.trackers.mlflow_registry import Registry
from nbmlops.trackers.mlflow_sending import Sending
from nbmlops.trackers.spelling import Spelling

__all__ = ["MlflowServer", "nbmlops_trackers"]


@hookimpl
def nbmlops_trackers() -> list[Tracker]:
    """Return the tracker of MLflow servers."""
    return [Tracker("mlflow", "an MLflow tracking server and its registry", MlflowServer)]


class MlflowServer:
    """A tracking server, connected to; what it is asked for is done by those who know that side of it."""

    def __init__(self, uri: str) -> None:
        self.connection = connect_server(uri)
        self.place = f"mlflow {self.connection.place}"
        self._spelling = Spelling()
        self._said: list[str] = []
        self._sending = Sending(self.connection, self._spelling, self._said)
        self._fetching = Fetching(self.connection, self._said)
        self._registry = Registry(self.connection, self._sending, self._spelling, self._said)

    @property
    def notes(self) -> list[str]:
        """What could not go over as it is."""
        where = "the true one is in the run's record there, and comes back by a pull"
        return [*self._spelling.tell(where), *dict.fromkeys(self._said)]

    def list_known(self) -> Iterator[Known]:
        """Yield the runs there that any store of ours has sent."""
        return self._sending.list_known()

    def send_run(self, parcel: Parcel, known: Known | None, store: str) -> None:
        """Send a run, new or to the one that is known there."""
        self._sending.send_run(parcel, known, store)

    def restore_run(self, known: Known) -> None:
        """Bring back a run that was deleted there."""
        self._sending.restore_run(known)

    def send_versions(self, versions: Iterable[VersionParcel], own: Callable[[str], bool]) -> int:
        """Send versions of models and where their aliases point; return how many were new or changed."""
        return self._registry.send_versions(versions, own)

    def list_found(self, experiment: str | None) -> Iterator[Found]:
        """Yield every run there, of one experiment or of all."""
        return self._fetching.list_found(experiment)

    def fetch_run(self, found: Found, history: str) -> tuple[Run, ...]:
        """Return a run with all that is known of it."""
        return self._fetching.fetch_run(found, history)

    def fetch_files(self, found: Found, most: int, whole: bool) -> Mapping[str, bytes]:
        """Return a run's files, those of more than `most` bytes left out and said."""
        return self._fetching.fetch_files(found, most, whole)

    def list_versions(self) -> Iterator[FoundVersion]:
        """Yield every version of every model there."""
        return self._registry.list_versions()

    def close(self) -> None:
        """Let the server go."""
        self.connection.close()
