"""Dismissals: hints that a person does not want to see again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Dismissals"]


@dataclass(frozen=True, slots=True)
class Dismissals:
    """The dismissed hints of a store, by their ids."""

    database: Database

    def add(self, hint: str, at: str) -> None:
        """Dismiss a hint; again changes nothing."""
        self.database.write("insert or ignore into dismissed_hints values (?, ?)", (hint, at))

    def drop(self, hint: str) -> None:
        """Take a dismissal back."""
        self.database.write("delete from dismissed_hints where id = ?", (hint,))

    def list_ids(self) -> frozenset[str]:
        """Return the ids of all that are dismissed."""
        return frozenset(key for (key,) in self.database.rows("select id from dismissed_hints"))
