"""Settings: where the store is and how much it may hold."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from nbmlops.core.project import read_project
from nbmlops.errors import UsageError

__all__ = ["STORE_VARIABLE", "Settings", "find_store", "read_settings"]

STORE_VARIABLE = "NBMLOPS_STORE"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person can set.

    Parameters
    ----------
    store
        Path of the ``.db`` file.
    value_cap
        Largest value or file that is kept, in bytes.
    store_cap
        Size at which the store takes no more content, in bytes.
    keep_days
        Days after which ``gc`` lets values go that no run, version or export needs; None: never.
    hints
        Say under a cell, in one line, what may mislead about its result.
    """

    store: Path
    value_cap: int = 512 * 2**20
    store_cap: int = 5 * 2**30
    keep_days: int | None = None
    hints: bool = False


_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]?B?)", re.IGNORECASE)


def read_settings(store: Path) -> Settings:
    """Return what ``[tool.nbmlops]`` of the pyproject.toml beside a store sets.

    Raises UsageError where a setting is none.
    """
    place, table = read_project(store, strict=False)
    found: dict[str, int] = {}
    for name in ("value_cap", "store_cap", "keep_days"):
        if name not in table:
            continue
        size = _read_size(table[name]) if name != "keep_days" else table[name]
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise UsageError(
                f"'{place}' says `{name} = {table[name]!r}` under [tool.nbmlops], which cannot be meant.",
                'Write a size such as "512 MB", or a number of days.',
            )
        found[name] = size
    hints = table.get("hints", False)
    if not isinstance(hints, bool):
        raise UsageError(
            f"'{place}' says `hints = {hints!r}` under [tool.nbmlops], which cannot be meant.",
            "Write `hints = true` or `hints = false`.",
        )
    return Settings(store, hints=hints, **found)


def _read_size(value: object) -> object:
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return value
    unit = match[2].upper()
    return int(float(match[1]) * _UNITS[unit if unit in _UNITS else f"{unit}B"])


def find_store(start: Path | None = None) -> Path:
    """Return the store that serves a directory, whether or not it exists yet.

    ``NBMLOPS_STORE`` wins; else the nearest ``.nbmlops/store.db`` upwards; else the place for a
    new one: beside the nearest ``.git`` or ``pyproject.toml`` upwards, or in `start` itself.
    """
    named = os.environ.get(STORE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    here = (start or Path.cwd()).absolute()
    upwards = [here, *here.parents]
    for folder in upwards:
        if (folder / ".nbmlops" / "store.db").is_file():
            return folder / ".nbmlops" / "store.db"
    for folder in upwards:
        if (folder / ".git").exists() or (folder / "pyproject.toml").exists():
            return folder / ".nbmlops" / "store.db"
    return here / ".nbmlops" / "store.db"
