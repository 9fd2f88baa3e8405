"""Digests: the identity of stored content, the same in every process and for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["digest_bytes", "digest_file", "digest_text", "has_digest"]


def digest_bytes(content: bytes | memoryview) -> str:
    """Return the SHA-256 of `content`, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_text(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, in hexadecimal."""
    return digest_bytes(text.encode("utf-8", "surrogatepass"))


def digest_file(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:  # not through a name that a person may have replaced
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_digest(path: str | Path, digest: str) -> bool:
    """Say whether a file is there, may be read, and holds the content of a digest."""
    try:
        return Path(path).is_file() and digest_file(path) == digest
    except PermissionError:
        return False
