"""The prediction log: one JSON line for each answered row, whole lines also where several processes write."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from .lines import Lines
from .locks import lock_file, unlock_file

__all__ = ["SIZE_VARIABLE", "VARIABLE", "PredictionLog", "open_log"]

VARIABLE = "PREDICTION_LOG"
SIZE_VARIABLE = "PREDICTION_LOG_BYTES"

_DEFAULT_SIZE = 50 * 2**20
_GENERATIONS = 5
_MOST_KEPT = 16 * 2**20


class PredictionLog:
    """Appends predictions to a file that only its owner can read.

    When the file has reached `size` bytes it becomes ``NAME.1``, the older ones move up, and a new
    one begins. `failure` says why the last line could not be written, if it could not; 16 MiB of
    such lines are kept, and written with the next, or when `retry` is called.
    """

    def __init__(self, path: Path, size: int = _DEFAULT_SIZE) -> None:
        self.path = path
        self.size = size
        self.failure: str | None = None
        self._kept: list[bytes] = []
        self._lost = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._open()
        self._lines = Lines(self._write_lines, "prediction-log")

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

    def retry(self) -> None:
        """Try again to write the lines that could not be written, without waiting for it."""
        self._lines.put(b"")

    def close(self) -> None:
        """Write what is waiting, and close the file."""
        self._lines.close()
        self._lost += len(self._kept)
        if self._lost:
            print(f"{self._lost} lines of the prediction log '{self.path}' are lost", file=sys.stderr)  # noqa: T201
        os.close(self._file)

    def _write_lines(self, lines: list[bytes]) -> None:
        self._kept += filter(None, lines)
        try:
            try:
                self._lock_current()
                self._write_locked()
            finally:
                unlock_file(self._file)
            self.failure = None
        except OSError as error:
            self._drop_oldest()
            if self.failure is None:
                print(f"The prediction log '{self.path}' cannot be written: {error}", file=sys.stderr)  # noqa: T201
            self.failure = str(error)

    def _drop_oldest(self) -> None:
        size = sum(map(len, self._kept))
        dropped = 0
        while size > _MOST_KEPT:
            size -= len(self._kept[dropped])
            dropped += 1
        self._lost += dropped
        del self._kept[:dropped]

    def _lock_current(self) -> None:
        """Hold the lock of the file that has the name now: another process may have begun a new one."""
        while True:
            lock_file(self._file)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.stat(self.path), os.fstat(self._file)):  # noqa: PTH116
                    return
            unlock_file(self._file)
            self._reopen()

    def _write_locked(self) -> None:
        while self._kept:
            room = self.size - os.fstat(self._file).st_size
            fitting = 0
            for line in self._kept:
                room -= len(line)
                if room < 0 and (fitting or room + len(line) < self.size):
                    break
                fitting += 1
            if fitting:
                _write_all(self._file, b"".join(self._kept[:fitting]))
                del self._kept[:fitting]
            else:
                self._rotate()

    def _rotate(self) -> None:
        """Begin a new file, and hold its lock."""
        for number in range(_GENERATIONS - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")  # noqa: PTH105
        with contextlib.suppress(FileNotFoundError):
            os.replace(self.path, f"{self.path}.1")  # noqa: PTH105
        self._reopen()
        self._lock_current()

    def _reopen(self) -> None:
        old, self._file = self._file, self._open()
        os.close(old)


def _write_all(descriptor: int, lines: bytes) -> None:
    """Write whole lines, or nothing of them: a disk that is full leaves no half line behind."""
    before = os.fstat(descriptor).st_size
    try:
        while lines:
            lines = lines[os.write(descriptor, lines) :]
    except OSError:
        os.ftruncate(descriptor, before)
        raise


def open_log() -> PredictionLog | None:
    """Open the log that the environment names in ``PREDICTION_LOG``; None where it names none."""
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    return PredictionLog(Path(path), int(os.environ.get(SIZE_VARIABLE) or _DEFAULT_SIZE))
