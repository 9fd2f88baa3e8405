"""Events: what the service says of itself, a JSON object a line, by the Elastic Common Schema."""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import os
from collections.abc import Iterator
from typing import Any

from .lines import Lines

__all__ = ["NAME", "EcsFormatter", "Events", "write_requests"]

NAME = "model.service"
_VERSION = "8.11.0"
_OUTPUT = 1
_PIPE_BYTES = 4096


class EcsFormatter(logging.Formatter):
    """Formats records of `logging`; what is given as ``extra={"ecs": {...}}`` is added."""

    def __init__(self, service: dict[str, Any]) -> None:
        super().__init__()
        self._service = {f"service.{name}": value for name, value in service.items()}

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, Any] = {
            "@timestamp": _tell_time(record.created),
            "log.level": record.levelname.lower(),
            "message": record.getMessage(),
            "ecs.version": _VERSION,
            "log.logger": record.name,
            **self._service,
            **getattr(record, "ecs", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error.type"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=True, default=str)


class Events(logging.Handler):
    """Writes to standard output: what `logging` is told, and a line for each request that was answered."""

    def __init__(self, service: dict[str, Any]) -> None:
        super().__init__()
        self.setFormatter(EcsFormatter(service))
        fixed = {
            "log.level": "info",
            "ecs.version": _VERSION,
            "log.logger": NAME,
            **{f"service.{name}": value for name, value in service.items()},
            "event.dataset": "model.requests",
        }
        self._fixed = json.dumps(fixed)[1:-1]
        self._asked: dict[tuple[str, str, int], str] = {}
        self._lines = Lines(_write_output, "events")

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record of `logging`."""
        self._lines.put(self.format(record).encode() + b"\n")

    def write_request(
        self, method: str, path: str, status: int, moment: float, seconds: float, rows: int | None
    ) -> None:
        """Write that a request was answered; nothing of what it held."""
        fixed = self._asked.get((method, path, status)) or self._describe(method, path, status)
        counted = "" if rows is None else f', "labels.rows": {rows}'
        duration = int(seconds * 1e9)
        line = f'{{"@timestamp": "{_tell_time(moment)}", {fixed}, "event.duration": {duration}{counted}}}\n'
        self._lines.put(line.encode())

    def _describe(self, method: str, path: str, status: int) -> str:
        """Return what the lines of all requests to a known path with one status have in common."""
        told = {
            "message": f"{method} {path} {status}",
            "event.outcome": "success" if status < 400 else "failure",
            "http.request.method": method,
            "http.response.status_code": status,
            "url.path": path,
        }
        self._asked[method, path, status] = f"{self._fixed}, {json.dumps(told)[1:-1]}"
        return self._asked[method, path, status]

    def close(self) -> None:
        """Write what is waiting."""
        self._lines.close()
        super().close()


def write_requests(service: dict[str, Any], level: str = "INFO") -> Events:
    """Let all of this process's log, uvicorn's too, go to standard output as ECS."""
    events = Events(service)
    for name in (NAME, "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [events]
        logger.propagate = False
        logger.setLevel(level)
    return events


def _tell_time(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat(timespec="milliseconds")


def _write_output(lines: list[bytes]) -> None:
    """Write lines, as many at once as another process that writes to the same pipe cannot break up."""
    with contextlib.suppress(OSError):  # nobody reads any more: what is answered does not depend on it
        for part in _gather_lines(lines):
            left = part
            while left:
                left = left[os.write(_OUTPUT, left) :]


def _gather_lines(lines: list[bytes]) -> Iterator[bytes]:
    held = b""
    for line in lines:
        if held and len(held) + len(line) > _PIPE_BYTES:
            yield held
            held = b""
        held += line
    if held:
        yield held
