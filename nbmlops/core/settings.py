"""Settings: where the store is and how much it may hold."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["STORE_VARIABLE", "Settings", "find_store"]

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
    """

    store: Path
    value_cap: int = 512 * 2**20
    store_cap: int = 5 * 2**30


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
