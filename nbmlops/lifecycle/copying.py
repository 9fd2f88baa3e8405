"""Copying: where copies of the files that a pipeline reads lie within its folder, each by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

__all__ = ["place_copies"]

_FOLDER = "inputs"


def place_copies(paths: Sequence[Path], taken: Collection[str] = ()) -> tuple[str, ...]:
    """Return for each file the relative path of its copy: by its name, which two files may not share.

    Where they would, each folder that files come from has one of its own there, for files of one name with
    several endings are often read together. `taken` are the paths of what lies there already.
    """
    flat = tuple(f"{_FOLDER}/{path.name}" for path in paths)
    met = {path.casefold() for path in taken}
    if len({path.casefold() for path in flat} | met) == len(flat) + len(met):
        return flat
    folders: dict[tuple[Path, int], str] = {}
    placed = []
    for path, turn in zip(paths, _count_turns(paths), strict=True):
        origin = path.parent, turn
        if origin not in folders:
            folders[origin] = _choose_folder(path.parent.name or "root", met)
        placed.append(f"{folders[origin]}/{path.name}")
    return tuple(placed)


def _count_turns(paths: Sequence[Path]) -> Iterator[int]:
    """Yield how often a file of the same folder and name came before."""
    before: Counter[tuple[Path, str]] = Counter()
    for path in paths:
        key = path.parent, path.name.casefold()
        yield before[key]
        before[key] += 1


def _choose_folder(name: str, met: set[str]) -> str:
    folder, number = f"{_FOLDER}/{name}", 2
    while folder.casefold() in met:
        folder, number = f"{_FOLDER}/{name}_{number}", number + 1
    met.add(folder.casefold())
    return folder
