"""The audit trail: who decided what on which model version, sealed entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.core.digest import digest_text
from nbmlops.core.encoding import dump
from nbmlops.core.model import Approval
from nbmlops.store.records import plain_text

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Trail"]

_COLUMNS = "model, version, decision, by, at, note"


@dataclass(frozen=True, slots=True)
class Trail:
    """The decisions of a store: added, never changed, never removed.

    Each entry's seal is the digest of the seal before it and of the entry itself, so that a change
    made behind the back of SQLite shows.
    """

    database: Database

    def add(self, entry: Approval) -> None:
        """Keep a decision; it survives the loss of power."""
        entry = Approval(
            entry.model, entry.version, entry.decision, plain_text(entry.by), entry.at, plain_text(entry.note)
        )
        with self.database.transaction(durable=True) as connection:
            row = connection.execute("select seal from trail order by id desc limit 1").fetchone()
            seal = _seal(row[0] if row else "", entry)
            connection.execute(
                f"insert into trail ({_COLUMNS}, seal) values (?, ?, ?, ?, ?, ?, ?)",
                (entry.model, entry.version, entry.decision, entry.by, entry.at, entry.note, seal),
            )

    def approvals(self, model: str, version: int | None = None) -> tuple[Approval, ...]:
        """Return the decisions on a model or on one version of it, the oldest first."""
        query = f"select {_COLUMNS} from trail where model = ? and version = coalesce(?, version) order by id"
        return tuple(Approval(*row) for row in self.database.rows(query, (model, version)))

    def find_damage(self) -> Iterator[str]:
        """Yield one line where the trail is no longer what was written."""
        before, expected = "", 1
        for number, seal, *values in self.database.rows(
            f"select id, seal, {_COLUMNS} from trail order by id"
        ):
            if number != expected:
                yield f"The audit trail lacks entry {expected}."
            if seal != _seal(before, Approval(*values)):
                yield f"The audit trail was altered at entry {number} ('{values[0]}' version {values[1]})."
            before, expected = seal, number + 1


def _seal(before: str, entry: Approval) -> str:
    return digest_text(f"{before}\n{dump(entry)}")
