"""Tables: where the columns of saved frames lie in their contents, and the profiles of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.core.encoding import load
from nbmlops.core.table import TableLayout
from nbmlops.core.value import Profile
from nbmlops.store.records import write_record

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Tables"]


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known of the contents of a store that are tables."""

    database: Database

    def add(self, content: str, layout: TableLayout) -> None:
        """Keep where the columns of a content lie."""
        self.database.write(
            "insert or ignore into tables (content, layout) values (?, ?)", (content, write_record(layout))
        )

    def layout(self, content: str) -> TableLayout | None:
        """Return where the columns of a content lie, None where it is no table."""
        row = self.database.row("select layout from tables where content = ?", (content,))
        return load(TableLayout, row[0]) if row else None

    def profile(self, content: str) -> Profile | None:
        """Return the profile of a content, None where nobody has taken it yet."""
        row = self.database.row("select profile from tables where content = ?", (content,))
        return load(Profile, row[0]) if row and row[0] else None

    def set_profile(self, content: str, profile: Profile) -> None:
        """Keep the profile of a content."""
        self.database.write(
            "update tables set profile = ? where content = ?", (write_record(profile), content)
        )

    def find_column(self, name: str) -> tuple[str, ...]:
        """Return the contents of tables that have a column of some name."""
        rows = self.database.rows(
            "select distinct content from tables, json_each(tables.layout, '$.columns') as one "
            "where json_extract(one.value, '$.name') = ?",
            (name,),
        )
        return tuple(content for (content,) in rows)
