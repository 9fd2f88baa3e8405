"""Chunks: pieces of contents, packed where that makes them smaller, each kept once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import zstandard

from nbmlops.values.boundaries import cut_bytes
from nbmlops.values.pieces import Piece, Pieces, hash_bytes, unweave, weave

if TYPE_CHECKING:
    from nbmlops.store.database import Database

__all__ = ["Chunks", "DamageError"]

_LEVEL = 1
_SAMPLE = 4 * 1024
_WORTH = 0.9
_LOCAL = threading.local()


class DamageError(Exception):
    """Some bytes are no longer what was stored; the message says in what way."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """The chunks of a store, and what consists of them.

    A content is a list of chunks or a list of parts, which are contents themselves; the parts of a table
    whose columns alternate in memory are its columns.
    """

    database: Database

    def write_bytes(self, connection: sqlite3.Connection, digest: str, piece: Piece) -> int:
        """Keep a content under its digest as chunks; return its row."""
        row = self._add_content(connection, digest, len(piece.data))
        for position, chunk in enumerate(cut_bytes(piece.data, piece.width)):
            connection.execute(
                "insert into content_chunks (content, position, chunk) values (?, ?, ?)",
                (row, position, self._keep_chunk(connection, hash_bytes(chunk), chunk)),
            )
        return row

    def write_pieces(self, connection: sqlite3.Connection, pieces: Pieces) -> None:
        """Keep a content as its parts, of which only those are written that are new."""
        row = self._add_content(connection, pieces.digest, pieces.size)
        for position, (part, digest) in enumerate(zip(pieces.parts, pieces.hashes, strict=True)):
            self._add_part(connection, row, position, self._keep_part(connection, digest, part))

    def _keep_part(self, connection: sqlite3.Connection, digest: str, part: Piece) -> int:
        known = self._find_content(connection, digest)
        if known is not None:
            return known
        if part.columns == 1:
            return self.write_bytes(connection, digest, part)
        row = self._add_content(connection, digest, len(part.data), part.width)
        for position, column in enumerate(unweave(part.data, part.width, part.columns)):
            piece = Piece(column, part.width)
            self._add_part(connection, row, position, self._keep_part(connection, hash_bytes(column), piece))
        return row

    @staticmethod
    def _find_content(connection: sqlite3.Connection, digest: str) -> int | None:
        row = connection.execute(
            "select id from contents where digest = ? and size >= 0", (digest,)
        ).fetchone()
        return None if row is None else int(row[0])

    @staticmethod
    def _add_content(connection: sqlite3.Connection, digest: str, size: int, woven: int = 0) -> int:
        # What was forgotten left its row where a version needs it, and may be kept anew.
        statement = (
            "insert into contents (digest, size, woven) values (?, ?, ?) "
            "on conflict (digest) do update set size = excluded.size, woven = excluded.woven returning id"
        )
        return int(connection.execute(statement, (digest, size, woven)).fetchone()[0])

    @staticmethod
    def _add_part(connection: sqlite3.Connection, content: int, position: int, part: int) -> None:
        connection.execute("insert into content_parts values (?, ?, ?)", (content, position, part))

    @staticmethod
    def _keep_chunk(connection: sqlite3.Connection, name: str, chunk: memoryview) -> int:
        known = connection.execute("select id from chunks where digest = ?", (name,)).fetchone()
        if known is not None:
            return int(known[0])
        packed, is_raw = _pack(chunk)
        statement = "insert into chunks (digest, size, packed, raw) values (?, ?, ?, ?)"
        return connection.execute(statement, (name, len(chunk), packed, is_raw)).lastrowid or 0

    def read_bytes(self, content: int) -> bytes:
        """Return the bytes of a content by its row; raise DamageError where they have changed."""
        parts = self.database.rows(
            "select c.id, c.digest from content_parts p join contents c on c.id = p.part "
            "where p.content = ? order by p.position",
            (content,),
        )
        if not parts:
            return b"".join(self._read_chunks(content))
        read = []
        for row, digest in parts:
            data = self.read_bytes(row)
            if hash_bytes(data) != digest:
                raise DamageError("its bytes have changed on disk")
            read.append(data)
        woven = self.database.row("select woven from contents where id = ?", (content,))
        return weave(read, woven[0]) if woven and woven[0] else b"".join(read)

    def list_parts(self, content: int) -> tuple[str, ...]:
        """Return the digests of a content's parts; none where it consists of chunks."""
        rows = self.database.rows(
            "select c.digest from content_parts p join contents c on c.id = p.part "
            "where p.content = ? order by p.position",
            (content,),
        )
        return tuple(digest for (digest,) in rows)

    def _read_chunks(self, content: int) -> Iterator[bytes]:
        decompressor = zstandard.ZstdDecompressor()
        rows = self.database.rows(
            "select k.size, k.packed, k.raw from content_chunks c join chunks k on k.id = c.chunk "
            "where c.content = ? order by c.position",
            (content,),
        )
        for size, packed, is_raw in rows:
            try:
                yield packed if is_raw else decompressor.decompress(packed, max_output_size=size)
            except zstandard.ZstdError as error:
                raise DamageError(f"a chunk cannot be unpacked ({error})") from error


def _pack(chunk: memoryview) -> tuple[bytes | memoryview, bool]:
    """Return a chunk packed, or as it is where packing would save next to nothing."""
    compressor = getattr(_LOCAL, "compressor", None)
    if compressor is None:
        compressor = _LOCAL.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    if len(chunk) >= 4 * _SAMPLE:
        middle = (len(chunk) - _SAMPLE) // 2
        if len(compressor.compress(chunk[middle : middle + _SAMPLE])) > _WORTH * _SAMPLE:
            return chunk, True
    packed = compressor.compress(chunk)
    return (packed, False) if len(packed) < len(chunk) else (chunk, True)
