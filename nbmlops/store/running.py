"""Running: which execution each kernel has begun and not ended, so that a killed one is known."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.core.history import Execution
from nbmlops.store.records import plain_text

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Running"]


@dataclass(frozen=True, slots=True)
class Running:
    """The executions of a store that have begun and have not ended."""

    database: Database

    def note(self, history: str, number: int, cell: str, started: str) -> None:
        """Say that this process begins an execution; that of its history before it has ended."""
        self.database.write(
            "insert or replace into running values (?, ?, ?, ?, ?)",
            (history, number, plain_text(cell), started, _name_own(os.getpid())),
        )

    def find_interrupted(self, history: str) -> Execution | None:
        """Return the execution in which the process of a history died, if it did."""
        row = self.database.row(
            "select r.number, r.cell, r.started, r.process "
            "from running r join histories h on h.id = r.history where r.history = ? "
            "and h.ended is null and not exists "
            "(select 1 from executions e where e.history = r.history and e.number = r.number)",
            (history,),
        )
        if row is None or _may_live(row[3]):
            return None
        return Execution(row[0], row[1], "", "interrupted", row[2], 0.0)


@functools.cache
def _name_own(number: int) -> str:
    return _name_process(number)


def _name_process(number: int) -> str:
    """Return a name for a process that no other has, also after its number was given away again."""
    status = Path(f"/proc/{number}/stat")
    born = status.read_text(errors="replace").rpartition(")")[2].split()[19] if status.exists() else ""
    return f"{_name_host()} {number} {born}"


def _name_host() -> str:
    import platform  # a list of cells does not wait for it

    return platform.node()


def _may_live(name: str) -> bool:
    host, number, _ = name.split(" ")
    if host != _name_host():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _name_process(int(number)) == name
