"""Models: append-only versions, and aliases whose every move is remembered."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.core.clock import now
from nbmlops.core.encoding import load
from nbmlops.core.model import ModelVersion
from nbmlops.errors import StoreError
from nbmlops.store.records import write_record

if TYPE_CHECKING:
    from nbmlops.store.database import Database
    from nbmlops.store.kept import Kept

__all__ = ["AliasMove", "Models"]


@dataclass(frozen=True, slots=True)
class AliasMove:
    """An alias was pointed at a version; `back` says that it was a return to an earlier one."""

    model: str
    alias: str
    version: int
    at: str
    by: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class Models:
    """The versions and aliases of a store; what is acknowledged survives the loss of power."""

    database: Database
    kept: Kept

    def add_version(self, version: ModelVersion, contents: Iterable[bytes] = ()) -> int:
        """Keep a version with the contents it refers to, under the next number, and return that.

        Raises `StoreError` where the estimator, the recipe or a file of the pipeline is not kept.
        """
        with self.database.transaction(durable=True) as connection:
            for content in contents:
                self.kept.contents.put(content)
            self._require_contents(version)
            number: int = connection.execute(
                "select coalesce(max(version), 0) + 1 from versions where model = ?", (version.name,)
            ).fetchone()[0]
            record = dataclasses.replace(version, version=number, approved=None, aliases=())
            connection.execute(
                "insert into versions values (?, ?, ?, ?, ?, ?, ?)",
                (
                    version.name,
                    number,
                    version.created,
                    version.history,
                    version.artifact,
                    version.recipe,
                    write_record(record),
                ),
            )
        return number

    def _require_contents(self, version: ModelVersion) -> None:
        wanted = {"the estimator": version.artifact, **version.pipeline}
        if version.recipe is not None:
            wanted["the recipe"] = version.recipe
        for what, digest in wanted.items():
            if not self.kept.contents.has(digest):
                raise StoreError(
                    f"A version of '{version.name}' was not kept: the store '{self.database.path}' "
                    f"lacks the content of '{what}'.",
                    f"Register it again: `%nbmlops register {version.target} --as {version.name}`.",
                )

    def names(self) -> tuple[str, ...]:
        """Return the names of all models."""
        return tuple(name for (name,) in self.database.rows("select distinct model from versions order by 1"))

    def versions(self, name: str | None = None) -> tuple[ModelVersion, ...]:
        """Return the versions of one model or of all, by name and number, as they stand now."""
        where, parameters = ("where model = ? ", (name,)) if name is not None else ("", ())
        rows = self.database.rows(f"select record from versions {where}order by model, version", parameters)
        return tuple(self._complete(load(ModelVersion, record)) for (record,) in rows)

    def version(self, name: str, number: int) -> ModelVersion | None:
        """Return one version as it stands now, if there is one."""
        query = "select record from versions where model = ? and version = ?"
        row = self.database.row(query, (name, number))
        return self._complete(load(ModelVersion, row[0])) if row else None

    def _complete(self, version: ModelVersion) -> ModelVersion:
        row = self.database.row(
            "select decision = 'approved' from trail where model = ? and version = ? "
            "and decision in ('approved', 'rejected') order by id desc limit 1",
            (version.name, version.version),
        )
        aliases = tuple(
            sorted(alias for alias, to in self.aliases(version.name).items() if to == version.version)
        )
        return dataclasses.replace(version, approved=bool(row[0]) if row else None, aliases=aliases)

    def set_alias(self, name: str, alias: str, version: int, by: str, back: bool = False) -> None:
        """Point an alias at a version."""
        with self.database.transaction(durable=True) as connection:
            connection.execute(
                "insert into aliases (model, alias, version, at, by, back) values (?, ?, ?, ?, ?, ?)",
                (name, alias, version, now(), by, back),
            )

    def alias(self, name: str, alias: str) -> int | None:
        """Return the version that an alias points at, if it points at one."""
        return self.aliases(name).get(alias)

    def aliases(self, name: str) -> dict[str, int]:
        """Return where each alias of a model points."""
        rows = self.database.rows(
            "select alias, version, max(id) from aliases where model = ? group by alias order by alias",
            (name,),
        )
        return {alias: version for alias, version, _ in rows}

    def alias_history(self, name: str, alias: str) -> tuple[AliasMove, ...]:
        """Return every move of an alias, the oldest first."""
        rows = self.database.rows(
            "select model, alias, version, at, by, back from aliases "
            "where model = ? and alias = ? order by id",
            (name, alias),
        )
        return tuple(
            AliasMove(model, pointer, version, at, by, bool(back))
            for model, pointer, version, at, by, back in rows
        )
