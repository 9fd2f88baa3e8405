"""Standing: which of a history's values can be made again, which cannot, and from which cell on."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.core.pipeline import Exported
from nbmlops.core.proof import Divergence, Verdict

__all__ = ["NameStanding", "OutputChange", "Rescue", "Standing"]


@dataclass(frozen=True, slots=True)
class NameStanding:
    """What a fresh process made of one name: `verdict` is None where nothing could be compared.

    `kept` is how many statements the value needs; `since` the number of the first execution from
    which on it cannot be made again, where that is known; `cause` says why.
    """

    name: str
    type: str
    verdict: Verdict | None
    kept: int = 0
    since: int | None = None
    cause: str | None = None
    diverged_at: Divergence | None = None

    @property
    def stands(self) -> bool:
        """Whether a fresh process made the same value, bit for bit."""
        return self.verdict in ("identical", "equivalent")


@dataclass(frozen=True, slots=True)
class Standing:
    """Every value that a history left, and whether it can be made again.

    `executions` counts the executions of the history; `notes` say aloud what a reader would not expect.
    """

    history: str
    notebook: str | None
    executions: int
    names: tuple[NameStanding, ...]
    notes: tuple[str, ...] = ()

    @property
    def since(self) -> int | None:
        """The first execution from which on something cannot be made again."""
        known = [n.since for n in self.names if n.since is not None and n.verdict in ("different", "failed")]
        return min(known, default=None)

    @property
    def stands(self) -> bool:
        """Whether something could be compared, and nothing of it was different or failed."""
        compared = [name for name in self.names if name.verdict is not None]
        return bool(compared) and all(name.stands for name in compared)


@dataclass(frozen=True, slots=True)
class OutputChange:
    """A cell whose saved output is another one now: the first lines that differ."""

    cell: int
    source: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Rescue:
    """What is left of somebody's notebook when it is run again.

    `failed` are the cells that raise, in words; `outputs` counts the cells with a saved output that can
    be compared, `changes` are those whose output is another one now. `best` says why the exported object
    was chosen; `exported` is None where no model stands.
    """

    notebook: str
    standing: Standing
    failed: tuple[str, ...] = ()
    outputs: int = 0
    changes: tuple[OutputChange, ...] = ()
    best: str | None = None
    exported: Exported | None = None
