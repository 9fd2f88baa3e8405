"""The prediction log: one JSON line for each answered row, written by a single thread."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import queue
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

__all__ = ["SIZE_VARIABLE", "VARIABLE", "PredictionLog", "open_log"]

VARIABLE = "PREDICTION_LOG"
SIZE_VARIABLE = "PREDICTION_LOG_BYTES"

_DEFAULT_SIZE = 50 * 2**20
_GENERATIONS = 5
_WAITING = 10_000


class PredictionLog:
    """Appends predictions to a file that only its owner can read.

    When the file has reached `size` bytes it becomes ``NAME.1``, the older ones move up, and a new
    one begins. `failure` says why the last line could not be written, if it could not.
    """

    def __init__(self, path: Path, size: int = _DEFAULT_SIZE) -> None:
        self.path = path
        self.size = size
        self.failure: str | None = None
        self._lines: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._open()
        self._thread = threading.Thread(target=self._write_lines, name="prediction-log", daemon=True)
        self._thread.start()

    def _open(self) -> int:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.chmod(self.path, 0o600)  # noqa: PTH101
        return descriptor

    def append(
        self, model: str, version: int, rows: list[dict[str, Any]], answers: list[dict[str, Any]]
    ) -> list[str]:
        """Put answered rows into the log and return an id for each."""
        time = datetime.datetime.now(datetime.UTC).isoformat()
        made = []
        for row, answer in zip(rows, answers, strict=True):
            made.append(uuid.uuid4().hex)
            line = {"id": made[-1], "time": time, "model": model, "version": version, "row": row, **answer}
            self._lines.put((json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))
        return made

    def close(self) -> None:
        """Write what is waiting, and close the file."""
        self._lines.put(None)
        self._thread.join()
        os.close(self._file)

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                if os.fstat(self._file).st_size + len(line) > self.size:
                    self._rotate()
                _write_all(self._file, line)
                self.failure = None
            except OSError as error:
                if self.failure is None:
                    print(f"The prediction log '{self.path}' cannot be written: {error}", file=sys.stderr)  # noqa: T201
                self.failure = str(error)

    def _rotate(self) -> None:
        for number in range(_GENERATIONS - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")  # noqa: PTH105
        with contextlib.suppress(FileNotFoundError):
            os.replace(self.path, f"{self.path}.1")  # noqa: PTH105
        old, self._file = self._file, self._open()
        os.close(old)


def _write_all(descriptor: int, line: bytes) -> None:
    while line:
        line = line[os.write(descriptor, line) :]


def open_log() -> PredictionLog | None:
    """Open the log that the environment names in ``PREDICTION_LOG``; None where it names none."""
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    return PredictionLog(Path(path), int(os.environ.get(SIZE_VARIABLE) or _DEFAULT_SIZE))
