"""Contents: bytes under their digest, cut into chunks, each kept once and checked when read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.core.digest import digest_bytes
from nbmlops.errors import StoreError, UnknownNameError
from nbmlops.store.chunks import Chunks, DamageError
from nbmlops.store.failures import StoreFullError
from nbmlops.store.tables import Tables
from nbmlops.values.pieces import Piece, Pieces, digest_parts, guess_width, hash_bytes

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["GONE", "Contents", "show_size"]

GONE = -1
"""The size that is kept of a content which was forgotten, where a record still needs its row."""
_PARTS = 32
"""Characters of the digest of a part; that of a content has more."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a store; `value_cap` and `store_cap` in bytes."""

    database: Database
    value_cap: int
    store_cap: int

    def put(self, content: bytes | memoryview | Pieces, force: bool = False) -> str:
        """Keep a content and return its digest.

        Raises `StoreFullError` where a cap forbids it, which `force` overrules, and `StoreError` where
        a value changed while it was being kept.
        """
        if isinstance(content, Pieces):
            with self.database.transaction():
                digest = (
                    self.put(content.join(), force) if content.is_short else self._put_parts(content, force)
                )
                if content.layout is not None:
                    Tables(self.database).add(digest, content.layout)
            return digest
        digest = digest_bytes(content)
        with self.database.transaction() as connection:
            if self._find(digest) is None:
                self._require_room(len(content), force)
                piece = Piece(memoryview(content), guess_width(content))
                Chunks(self.database).write_bytes(connection, digest, piece)
        return digest

    def _put_parts(self, pieces: Pieces, force: bool) -> str:
        with self.database.transaction() as connection:
            if self._find(pieces.digest) is None:
                self._require_room(pieces.size, force)
                Chunks(self.database).write_pieces(connection, pieces)
                if not pieces.has_held():
                    raise StoreError(
                        "A value was not kept: another thread changed it meanwhile.",
                        "Take the snapshot again when that thread is done with it.",
                    )
        return pieces.digest

    def put_all(self, contents: Iterable[bytes | Pieces]) -> tuple[str, ...]:
        """Keep those contents that the caps allow and return a note on each of the others."""
        notes = []
        for content in contents:
            try:
                self.put(content)
            except StoreFullError as error:
                notes.append(str(error))
        return tuple(notes)

    def get(self, digest: str) -> bytes:
        """Return a content; raise `StoreError` where its bytes are no longer what was stored."""
        found = self._find(digest)
        if found is None:
            raise UnknownNameError(
                f"The store '{self.database.path}' holds no content '{digest[:16]}'.",
                "See what is missing: `nbmlops doctor`.",
            )
        try:
            content = Chunks(self.database).read_bytes(found[0])
        except DamageError as error:
            raise self._damage(digest, str(error)) from error
        if not self._is_whole(found[0], digest, content):
            raise self._damage(digest, "its bytes have changed on disk")
        return content

    def _is_whole(self, row: int, digest: str, content: bytes) -> bool:
        if len(digest) == _PARTS:
            return hash_bytes(content) == digest
        parts = Chunks(self.database).list_parts(row)
        return digest == (digest_parts(parts) if parts else digest_bytes(content))

    def has(self, digest: str) -> bool:
        """Say whether a content is kept."""
        return self._find(digest) is not None

    def count(self) -> int:
        """Return how many contents are kept, the parts of others not counted."""
        row = self.database.row(
            f"select count(*) from contents where size <> {GONE} "
            "and id not in (select part from content_parts)"
        )
        return int(row[0]) if row else 0

    def size(self, digest: str) -> int:
        """Return the number of bytes of a content as it was given, 0 where it is not kept."""
        found = self._find(digest)
        return found[1] if found else 0

    def find_damage(self) -> Iterator[str]:
        """Yield one line for each content that cannot be given back whole."""
        for (digest,) in self.database.rows(f"select digest from contents where size <> {GONE} order by id"):
            try:
                self.get(digest)
            except StoreError as error:
                yield f"{error.what}{self._name_owners(digest)}"

    def _name_owners(self, digest: str) -> str:
        """Say which kept values consist of a content, if any do."""
        rows = self.database.rows(
            "with recursive owners(id) as (select id from contents where digest = ? "
            "union select content from content_parts join owners on part = owners.id) "
            "select distinct s.name, s.execution, s.history from owners join contents c on c.id = owners.id "
            "join saved_values s on s.content = c.digest order by 3, 2, 1 limit 5",
            (digest,),
        )
        named = ", ".join(f"'{name}@{execution}' of history {history}" for name, execution, history in rows)
        return f" It belongs to {named}." if named else ""

    def _find(self, digest: str) -> tuple[int, int] | None:
        return self.database.row(
            f"select id, size from contents where digest = ? and size <> {GONE}", (digest,)
        )

    def _require_room(self, size: int, force: bool) -> None:
        if force:
            return
        if size > self.value_cap:
            raise StoreFullError(
                f"A value of {show_size(size)} was not kept: "
                f"the cap of one value is {show_size(self.value_cap)}.",
                "Keep a sample of it, or keep it all the same: `%nbmlops snapshot NAME --force`.",
            )
        used = self.used()
        if used + size > self.store_cap:
            raise StoreFullError(
                f"A value of {show_size(size)} was not kept: the store '{self.database.path}' holds "
                f"{show_size(used)} and its cap is {show_size(self.store_cap)}.",
                "Name a new store: `NBMLOPS_STORE=/path/to/store.db`.",
            )

    def used(self) -> int:
        """Return the bytes in use inside the file."""
        found = self.database.row(
            "select (page_count - freelist_count) * page_size "
            "from pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        return int(found[0]) if found else 0

    def _damage(self, digest: str, why: str) -> StoreError:
        return StoreError(
            f"The content '{digest}' in the store '{self.database.path}' is damaged: {why}.",
            "See what else is: `nbmlops doctor`; then run the notebook again to record it anew.",
        )


def show_size(size: int) -> str:
    """Write a number of bytes for a person."""
    amount = float(size)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.3g} {unit}" if unit != "bytes" else f"{size} bytes"
        amount /= 1000
    return f"{amount:.3g} GB"
