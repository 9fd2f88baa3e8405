"""Stamps: when files were changed last and how large they are, as evidence of what wrote them unseen."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbmlops.core.digest import digest_bytes

__all__ = [
    "Databases",
    "FolderStamps",
    "Stamp",
    "kernel_start",
    "named_folders",
    "read_small",
    "stamp_file",
    "stamp_folder_files",
    "stamp_folders",
    "stamp_words",
]

Stamp = tuple[int, int]
"""When a file was changed last, in nanoseconds, and its size in bytes."""

_LARGEST = 512 * 2**20
_LONGEST_LINE = 10_000
_MOST_ENTRIES = 5_000
_COMPANIONS = ("", "-wal", "-journal")
_MARGIN = 0.05


def stamp_file(path: str) -> Stamp | None:
    """Return when a file was changed last and its size; None where there is no file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return None if not os.path.isfile(path) else (found.st_mtime_ns, found.st_size)


def read_small(path: str) -> bytes:
    """Return what a file holds, up to the most that is ever kept."""
    with Path(path).open("rb") as file:
        return file.read(_LARGEST)


def stamp_words(texts: Iterable[str]) -> dict[str, Stamp | None]:
    """Take the stamps of the files that are words of a program's line: no event tells what it does."""
    words = {word.strip("'\"") for text in texts if len(text) < _LONGEST_LINE for word in text.split()}
    found = {os.path.abspath(word): stamp_file(word) for word in words if "\0" not in word}
    return {path: stamp for path, stamp in found.items() if stamp is not None}


@dataclass(frozen=True, slots=True)
class FolderStamps:
    """The stamps of the files in some folders and one level down, at one time.

    `whole` says that no entry was left out; where some were, only a time can tell what is new.
    """

    folders: tuple[str, ...]
    files: dict[str, Stamp]
    whole: bool
    taken: int

    def find_written(self) -> dict[str, bool]:
        """Return the files that are new or changed since, and whether each is new for certain."""
        now = stamp_folders(self.folders)
        return {
            path: path not in self.files and self.whole
            for path, stamp in now.files.items()
            if self.files.get(path) != stamp
            and (path in self.files or self.whole or stamp[0] >= self.taken - _MARGIN * 1e9)
        }


def stamp_folders(folders: Iterable[str]) -> FolderStamps:
    """Take the stamps of the files in folders and in the folders right inside; hidden ones are left out."""
    roots = tuple(dict.fromkeys(map(os.path.abspath, folders)))
    taken = time.time_ns()
    files: dict[str, Stamp] = {}
    for count, entry in enumerate(_list_entries(roots)):
        if count >= _MOST_ENTRIES:
            return FolderStamps(roots, files, False, taken)
        stamp = stamp_file(entry.path)
        if stamp is not None:
            files[entry.path] = stamp
    return FolderStamps(roots, files, True, taken)


def named_folders(texts: Iterable[str]) -> list[str]:
    """Return what some texts name that may be folders, but for the working folder and those above it."""
    here = os.getcwd()
    likely = [text for text in texts if 0 < len(text) < 1024 and "\n" not in text and "\0" not in text]
    paths = dict.fromkeys(os.path.abspath(text) for text in likely)
    return [path for path in paths if not f"{here}/".startswith(f"{path.rstrip('/')}/")]


def stamp_folder_files(texts: Iterable[str]) -> dict[str, Stamp | None]:
    """Take the stamps of all files in the folders that some texts name, however deep."""
    walked = (
        os.path.join(root, name)
        for folder in named_folders(texts)
        if os.path.isdir(folder)
        for root, _, names in os.walk(folder)
        for name in names
    )
    return {path: stamp_file(path) for path in itertools.islice(walked, _MOST_ENTRIES)}


def _list_entries(roots: Iterable[str]) -> Iterator[os.DirEntry[str]]:
    inner: list[str] = []
    for root in roots:
        for entry in _scan(root):
            if entry.is_dir() and not entry.name.startswith((".", "__pycache__")):
                inner.append(entry.path)
            yield entry
    for folder in inner:
        yield from _scan(folder)


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:  # it went away, or may not be read: then nothing in it can be stamped
        return []


@dataclass(slots=True)
class Databases:
    """The SQLite files that were connected to: SQLite reads and writes them with no event.

    `origins` holds the digest of each as it was when it was first connected to, None where it did
    not exist. They are never opened afterwards: closing a file drops all locks that SQLite holds on it.
    """

    origins: dict[str, str | None] = field(default_factory=dict)
    _stamps: dict[str, tuple[Stamp | None, ...]] = field(default_factory=dict)

    def connect(self, path: str) -> bytes | None:
        """Note a connection that is about to be made; return what the file holds if it was not known."""
        known, size = path in self._stamps, os.path.getsize(path) if os.path.isfile(path) else None
        if known and size is not None:
            return None
        self._stamps[path] = _stamp_database(path)
        content = None if size is None or size > _LARGEST else read_small(path)
        self.origins[path] = None if content is None else digest_bytes(content)
        return content

    def find_changed(self) -> list[str]:
        """Return the databases that differ from when they were last looked at."""
        changed: list[str] = []
        for path, then in self._stamps.items():
            now = _stamp_database(path)
            if now != then:
                self._stamps[path] = now
                changed.append(path)
        return changed


def _stamp_database(path: str) -> tuple[Stamp | None, ...]:
    return tuple(stamp_file(path + companion) for companion in _COMPANIONS)


def kernel_start() -> float:
    """Return when this process began, in seconds since the epoch; where no system tells, it is now."""
    moment = time.time()
    try:
        fields = Path("/proc/self/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return moment
    return moment - age + _MARGIN if age >= 0 else moment
