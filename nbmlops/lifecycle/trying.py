"""Trying: a version that is served for this process alone, asked for one row at a time."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any

from nbmlops.core.overview import Answered, Example, Offered
from nbmlops.core.progress import Progress, silent
from nbmlops.lifecycle.packaging import start_service
from nbmlops.lifecycle.rowcutting import cut_version
from nbmlops.processes.child import ProgramError
from nbmlops.processes.server import Server, choose_port
from nbmlops.registry.versions import find_version
from nbmlops.store.opening import Store

__all__ = ["Service", "start_trying"]

_HOST, _SECONDS = "127.0.0.1", 30.0


class Service:
    """A version that answers on loopback, until it is stopped or the process that started it is gone."""

    def __init__(self, server: Server, offered: Offered) -> None:
        self.offered = offered
        self._server = server

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._server.url

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        return self._server.running

    def stop(self) -> None:
        """End it."""
        with self._server:
            pass

    def ask(self, row: dict[str, Any]) -> Answered:
        """Send one row, and compare the answer with the notebook's own where that is known."""
        began = time.perf_counter()
        status, answer = self._send("/predict", json.dumps({"rows": [row]}).encode())
        seconds = time.perf_counter() - began
        known = next((e for e in self.offered.examples if _is_same(e.row, row)), None)
        if known is None:
            return Answered(status, answer, seconds)
        if known.dropped is not None:
            return Answered(status, answer, seconds, known.dropped, status == 422)
        given = answer.get("predictions") if status == 200 and isinstance(answer, dict) else None
        return Answered(status, answer, seconds, known.prediction, _is_same(given, [known.prediction]))

    def read_metrics(self) -> str | None:
        """Return what it tells of itself in Prometheus' words; None where it tells nothing."""
        status, answer = self._send("/metrics")
        return answer if status == 200 and isinstance(answer, str) else None

    def _send(self, path: str, body: bytes | None = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as reply:
                return reply.status, _read_body(reply.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, _read_body(refusal.read())
        except (OSError, http.client.HTTPException) as problem:
            why = str(problem) or type(problem).__name__
            raise ProgramError(
                f"The service at {self.url} does not answer: {why.strip()}.", "Start it again."
            ) from problem


def start_trying(store: Store, ref: str, progress: Progress = silent) -> Service:
    """Serve a version on a free port of loopback; it ends with this process.

    Raises
    ------
    PackageError
        Where a statement of the notebook cannot become part of a function of one row.
    ProgramError
        If the service ends before it answers.
    """
    version = find_version(store, ref)
    cut = cut_version(store, version, progress)
    examples = tuple(Example(g.row, g.prediction, g.dropped) for g in cut.golden)
    server = start_service(store, version, _HOST, choose_port(_HOST), progress, tied=True)
    return Service(server, Offered(f"{version.name}@{version.version}", cut.signature, examples))


def _read_body(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_same(one: Any, other: Any) -> bool:
    """Say whether two values are written alike in JSON, where every bit of a number is written."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
