"""Recording: a notebook runs once, recorded, and each object of interest is sliced and described."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.core.history import History
from nbmlops.core.slice import Slice
from nbmlops.slicing.cutting import cut_slice
from nbmlops.values.structure import structural_digest
from tests.capture.recorded_shell import record_cells
from tests.gallery.roles import find_roles

__all__ = ["Recorded", "record_notebook"]


@dataclass(frozen=True)
class Recorded:
    """An object as it was: `digests` are its own and those of what it looks up when it is called.

    `states` are the recorded random states by the digest under which the slice names them.
    """

    name: str
    slice: Slice
    digests: dict[str, str]
    states: dict[str, bytes]


def record_notebook(
    cells: Sequence[str], pristine: Path, folder: Path, names: Sequence[str]
) -> list[Recorded]:
    """Run cells in `folder`, a copy of `pristine`, and return the named objects, or the last of each role."""
    shutil.copytree(pristine, folder)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    history, contents, space = record_cells(cells, folder)
    found = []
    for name in names or _choose_names(history, space):
        slice_ = cut_slice(history, name)
        digests = {n: structural_digest(space[n]) for n in (name, *slice_.late)}
        states = {r.content: contents[r.content] for r in slice_.restores}
        found.append(Recorded(name, slice_, digests, states))
    return found


def _choose_names(history: History, space: dict[str, Any]) -> list[str]:
    effects = [e for s in history.statements() for e in s.effects if e.resource.kind == "name"]
    order = list(dict.fromkeys(e.resource.key for e in reversed(effects)))
    last: dict[str, str] = {}
    for name, role in find_roles(space, order).items():
        last.setdefault(role, name)
    return [name for role, name in last.items() if role != "value" or len(last) == 1]
