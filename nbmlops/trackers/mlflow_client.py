"""MLflow's client: connected to one server, its answers paged through and its errors told to a person."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from nbmlops.errors import TrackerError, UsageError

__all__ = ["Connection", "connect_server"]

_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
_SECRETS = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD")
_REFUSED = (401, 403)


class Connection:
    """A connection to one MLflow server.

    Responsibilities: holds the client, and the settings of the environment that it needs, until it is
    closed; tells what goes wrong as a `TrackerError` without any secret.
    """

    def __init__(self, uri: str, place: str) -> None:
        self.place = place
        self._before = {name: os.environ.get(name) for name in _SETTINGS}
        os.environ.update({name: _SETTINGS[name] for name, value in self._before.items() if value is None})
        try:
            from mlflow.tracking import MlflowClient  # slow, and an extra

            self.client: Any = MlflowClient(tracking_uri=uri, registry_uri=uri)
        except ImportError as error:
            self.close()
            raise TrackerError(
                f"MLflow's client is not installed ({error}).", "Install it: `pip install 'nbmlops[mlflow]'`."
            ) from error

    def close(self) -> None:
        """Put the environment back as it was."""
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)

    @contextlib.contextmanager
    def explain(self, doing: str) -> Iterator[None]:
        """Tell what the server or the way to it refuses inside the block."""
        from mlflow.exceptions import MlflowException

        try:
            yield
        except (MlflowException, OSError) as error:
            raise self._translate(error, doing) from None  # its own text may hold a secret

    def _translate(self, error: Exception, doing: str) -> TrackerError:
        said = str(error)
        for name in _SECRETS:
            secret = os.environ.get(name)
            said = said.replace(secret, f"[{name}]") if secret else said
        said = " ".join(said.split())
        said = said if len(said) <= 300 else f"{said[:299]}…"
        code = _read_status(error)
        if code in _REFUSED:
            return TrackerError(
                f"The MLflow server '{self.place}' refuses (HTTP {code}) while {doing}.",
                "Say who you are: set `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and "
                "`MLFLOW_TRACKING_PASSWORD`, in the environment.",
            )
        if code is None or code == 404 or code >= 500:
            return TrackerError(
                f"No MLflow server answers at '{self.place}' while {doing}: {said}",
                "Start it or mend the address, and type the same again: it goes on where it was.",
            )
        return TrackerError(
            f"The MLflow server '{self.place}' did not take it while {doing}: {said}",
            "Mend that there, and type the same again.",
        )

    def pages(self, doing: str, ask: Callable[[str | None], Any]) -> Iterator[Any]:
        """Yield all that is listed, page after page."""
        token: str | None = None
        while True:
            with self.explain(doing):
                page = ask(token)
            yield from page
            token = page.token
            if not token:
                return


def _read_status(error: Exception) -> int | None:
    """Return the HTTP status that an error of the client or of its connection tells; None of neither."""
    response = getattr(error, "response", None)
    if response is not None:
        return int(response.status_code)
    text = str(error)
    for code in (*_REFUSED, 404):
        if f"error code {code}" in text:
            return code
    if "API request to" in text and "failed with exception" in text:
        return None
    ask = getattr(error, "get_http_status_code", None)
    return None if ask is None else int(ask())


def connect_server(uri: str) -> Connection:
    """Connect to the server at an address; nothing is asked of it yet."""
    try:
        parts = urlsplit(uri)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, sound = urlsplit(""), False
    if not sound:
        raise UsageError(
            f"'{uri.rpartition('@')[2]}' is no address of an MLflow server.",
            "Write it as `http://HOST:PORT`; for files of MLflow's own start `mlflow server`.",
        )
    if parts.username or parts.password:
        raise UsageError(
            f"The address of '{parts.hostname}' holds a name or a password, which would be seen and kept.",
            "Set `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD` in the environment instead.",
        )
    clean = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return Connection(clean, clean)
