"""Contents: bytes under their digest, cut into chunks, each kept once and checked when read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import zstandard

from nbmlops.core.digest import digest_bytes
from nbmlops.errors import StoreError, UnknownNameError
from nbmlops.store.database import Database
from nbmlops.store.failures import StoreFullError

__all__ = ["CHUNK", "Contents", "show_size"]

CHUNK = 256 * 1024
"""Bytes in a chunk: measured to be the best balance of writing, sharing and reading."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a store; `value_cap` and `store_cap` in bytes."""

    database: Database
    value_cap: int
    store_cap: int

    def put(self, content: bytes | memoryview) -> str:
        """Keep a content and return its digest; raise `StoreFullError` where a cap forbids it."""
        digest = digest_bytes(content)
        with self.database.transaction() as connection:
            if self._find(digest) is None:
                self._require_room(len(content))
                self._write(connection, digest, memoryview(content))
        return digest

    def put_all(self, contents: Iterable[bytes]) -> tuple[str, ...]:
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
        content = b"".join(self._read(digest, found[0]))
        if digest_bytes(content) != digest:
            raise self._damage(digest, "its bytes have changed on disk")
        return content

    def has(self, digest: str) -> bool:
        """Say whether a content is kept."""
        return self._find(digest) is not None

    def size(self, digest: str) -> int:
        """Return the number of bytes of a content as it was given, 0 where it is not kept."""
        found = self._find(digest)
        return found[1] if found else 0

    def find_damage(self) -> Iterator[str]:
        """Yield one line for each content that cannot be given back whole."""
        for (digest,) in self.database.rows("select digest from contents order by id"):
            try:
                self.get(digest)
            except StoreError as error:
                yield error.what

    def _find(self, digest: str) -> tuple[int, int] | None:
        return self.database.row("select id, size from contents where digest = ?", (digest,))

    def _require_room(self, size: int) -> None:
        if size > self.value_cap:
            raise StoreFullError(
                f"A value of {show_size(size)} was not kept: "
                f"the cap of one value is {show_size(self.value_cap)}.",
                "Keep a smaller one, or a sample of it.",
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

    def _write(self, connection: sqlite3.Connection, digest: str, content: memoryview) -> None:
        compressor = zstandard.ZstdCompressor(level=1)
        row = connection.execute("insert into contents (digest, size) values (?, ?)", (digest, len(content)))
        for position, start in enumerate(range(0, len(content), CHUNK)):
            piece = content[start : start + CHUNK]
            name = digest if len(content) <= CHUNK else digest_bytes(piece)
            chunk = connection.execute("select id from chunks where digest = ?", (name,)).fetchone()
            if chunk is None:
                statement = "insert into chunks (digest, size, packed) values (?, ?, ?)"
                values = (name, len(piece), compressor.compress(piece))
                chunk = (connection.execute(statement, values).lastrowid,)
            connection.execute(
                "insert into content_chunks (content, position, chunk) values (?, ?, ?)",
                (row.lastrowid, position, chunk[0]),
            )

    def _read(self, digest: str, content: int) -> Iterator[bytes]:
        decompressor = zstandard.ZstdDecompressor()
        rows = self.database.rows(
            "select k.size, k.packed from content_chunks c join chunks k on k.id = c.chunk "
            "where c.content = ? order by c.position",
            (content,),
        )
        for size, packed in rows:
            try:
                piece = decompressor.decompress(packed, max_output_size=size)
            except zstandard.ZstdError as error:
                raise self._damage(digest, f"a chunk cannot be unpacked ({error})") from error
            yield piece

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
