"""Links: by which other path a file, or the folder that it lies in, was met before."""

from __future__ import annotations

import os

__all__ = ["Links"]

_Identity = tuple[int, int]


class Links:
    """Remembers the first path of each file and folder, and those that were mapped into memory."""

    def __init__(self) -> None:
        self._folders: dict[_Identity, str] = {}
        self._files: dict[_Identity, str] = {}
        self.mapped: dict[str, None] = {}

    def find_other(self, path: str) -> str | None:
        """Return the path by which the same file was met first, None where that is this one."""
        folder, name = os.path.split(path)
        first = _meet(self._files, os.path.join(_meet(self._folders, folder), name))
        return None if first == path else first


def _meet(known: dict[_Identity, str], path: str) -> str:
    found = _identify(path)
    if found is None:
        return path
    first = known.setdefault(found, path)
    if first != path and _identify(first) != found:  # it is gone, and its number was given away
        first = known[found] = path
    return first


def _identify(path: str) -> _Identity | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
