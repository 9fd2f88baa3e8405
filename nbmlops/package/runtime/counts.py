"""Counts: numbers by name that only grow, kept where every process of a service can read them at any time."""

from __future__ import annotations

import array
import json
import mmap
import os
from collections import Counter
from pathlib import Path

from .locks import try_lock

__all__ = ["FOLDER_VARIABLE", "Counts", "Key"]

FOLDER_VARIABLE = "METRICS_FOLDER"

Key = tuple[str, ...]


class Counts:
    """The numbers of one process: `values` at the places that `place` gives to names.

    With a `folder` they lie in a file of it that is mapped into memory: what was counted is there for
    the others at once, also after this process was killed. A process that takes such a one's place goes
    on with its file, so no number ever falls.
    """

    def __init__(self, folder: Path | None, size: int) -> None:
        self.folder = folder
        self._places: dict[Key, int] = {}
        self._keys: int | None = None
        self.values: array.array[float] | memoryview[float]
        if folder is None:
            self.values = array.array("d", bytes(8 * size))
        else:
            self.values = self._take_file(folder, size)

    def place(self, *key: str) -> int:
        """Return the place of a number in `values`; it is 0.0 at first."""
        found = self._places.get(key)
        if found is None:
            found = len(self._places)
            if self._keys is not None:
                os.write(self._keys, (json.dumps(key) + "\n").encode())
            elif isinstance(self.values, array.array) and found >= len(self.values):
                self.values.extend([0.0] * len(self.values))
            self._places[key] = found
        return found

    def find(self, kind: str) -> dict[Key, int]:
        """Return the places of the names that begin with `kind`."""
        return {key: place for key, place in self._places.items() if key[0] == kind}

    def add_up(self) -> tuple[Counter[Key], int]:
        """Return the numbers of all processes, added up, and how many processes there are."""
        if self.folder is None:
            return Counter({key: self.values[place] for key, place in self._places.items()}), 1
        total: Counter[Key] = Counter()
        alive = 0
        for path in sorted(self.folder.glob("*.keys")):
            if not path.with_suffix(".values").exists():  # its process is just starting
                continue
            keys = _read_keys(path)
            values = array.array("d", path.with_suffix(".values").read_bytes())
            for key, value in zip(keys, values, strict=False):
                total[key] += value  # type: ignore[assignment]
            alive += _is_held(path)
        return total, alive

    def _take_file(self, folder: Path, size: int) -> memoryview[float]:
        """Go on with the file of a process that is gone, else begin one."""
        number = 0
        while True:
            path = folder / f"{number:04}.keys"
            keys = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            if try_lock(keys):
                break
            os.close(keys)
            number += 1
        self._keys = keys
        self._places = {key: place for place, key in enumerate(_read_keys(path))}
        os.ftruncate(keys, path.read_bytes().rfind(b"\n") + 1)  # the other may have died within a line
        values = os.open(path.with_suffix(".values"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(values, 8 * size)
            return memoryview(mmap.mmap(values, 8 * size)).cast("d")
        finally:
            os.close(values)


def _read_keys(path: Path) -> list[Key]:
    whole = path.read_bytes().rpartition(b"\n")[0]
    return [tuple(json.loads(line)) for line in whole.splitlines()]


def _is_held(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)
