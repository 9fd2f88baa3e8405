"""Exports and proofs: what was written where, and what fresh processes made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.core.clock import now
from nbmlops.core.encoding import load
from nbmlops.core.proof import Proof
from nbmlops.store.records import plain_text, write_record

if TYPE_CHECKING:
    from nbmlops.store.database import Database
    from nbmlops.store.kept import Kept

__all__ = ["Exports", "Proofs", "StoredExport"]

_COLUMNS = "path, history, target, files, recipe, lines, at"


@dataclass(frozen=True, slots=True)
class StoredExport:
    """An export as the store remembers it.

    `files` maps each relative path to the digest of its bytes; `recipe` is the content digest of
    the encoded `Pipeline`; `lines` maps lines of pipeline.py to the places of statements.
    """

    path: str
    history: str
    target: str
    files: dict[str, str] = field(default_factory=dict)
    recipe: str | None = None
    lines: dict[int, tuple[int, int]] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True, slots=True)
class Exports:
    """The exports of a store."""

    database: Database
    kept: Kept

    def add(
        self,
        path: str | Path,
        history: str,
        target: str,
        files: Mapping[str, str],
        *,
        recipe: str | None = None,
        lines: Mapping[int, tuple[int, int]] | None = None,
        contents: Iterable[bytes] = (),
    ) -> tuple[str, ...]:
        """Keep that an export was written, with contents it refers to; return notes on those refused."""
        with self.database.transaction() as connection:
            notes = self.kept.contents.put_all(contents)
            connection.execute(
                "insert into exports (path, history, target, recipe, files, lines, at) "
                "values (?, ?, ?, ?, ?, ?, ?)",
                (
                    _place(path),
                    history,
                    target,
                    recipe,
                    write_record(dict(files)),
                    write_record(dict(lines or {})),
                    now(),
                ),
            )
        return notes

    def find(self, path: str | Path) -> StoredExport | None:
        """Return the newest export that was written to a directory, if there is one."""
        row = self.database.row(
            f"select {_COLUMNS} from exports where path = ? order by id desc limit 1", (_place(path),)
        )
        return None if row is None else _read_export(row)

    def list_newest(self, most: int) -> tuple[StoredExport, ...]:
        """Return the newest export of each directory, the newest first."""
        rows = self.database.rows(
            f"select {_COLUMNS} from exports where id in (select max(id) from exports group by path) "
            "order by id desc limit ?",
            (most,),
        )
        return tuple(_read_export(row) for row in rows)

    def list_histories(self) -> set[str]:
        """Return the histories that something was exported from."""
        return {history for (history,) in self.database.rows("select distinct history from exports")}


@dataclass(frozen=True, slots=True)
class Proofs:
    """The proofs of a store; one that is acknowledged survives the loss of power."""

    database: Database

    def add(self, path: str | Path, proof: Proof) -> None:
        """Keep a proof of the export that is in a directory now."""
        place = _place(path)
        with self.database.transaction(durable=True) as connection:
            connection.execute(
                "insert into proofs (subject, export, verdict, record, at) values "
                "(?, (select max(id) from exports where path = ?), ?, ?, ?)",
                (place, place, proof.verdict, write_record(proof), now()),
            )

    def for_export(self, path: str | Path) -> Proof | None:
        """Return the newest proof of the newest export in a directory; one of an earlier export is none."""
        place = _place(path)
        row = self.database.row(
            "select record from proofs where subject = ? "
            "and export is (select max(id) from exports where path = ?) order by id desc limit 1",
            (place, place),
        )
        return load(Proof, row[0]) if row else None


def _read_export(row: tuple[Any, ...]) -> StoredExport:
    place, history, target, files, recipe, lines, at = row
    return StoredExport(
        path=place,
        history=history,
        target=target,
        files=load(dict[str, str], files),
        recipe=recipe,
        lines=load(dict[int, tuple[int, int]], lines),
        at=at,
    )


def _place(path: str | Path) -> str:
    return plain_text(str(Path(path).absolute().resolve()))
