"""The manifest: the digest of each file of the package, checked before a file is believed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

__all__ = ["FILE", "LEARNED", "PICKLED", "PLAIN", "DamagedError", "read_checked", "read_manifest"]

FILE = "manifest.json"
PICKLED = ("pickle", "cloudpickle")
"""The formats that run code when they are loaded."""
LEARNED = "learned.pkl"
"""The large learned values of the row function."""
PLAIN = "learned.json"
"""The same without a pickle, where the model is none either."""


class DamagedError(Exception):
    """A file of the package is missing or is not the one that was packaged."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest in `folder`."""
    try:
        manifest: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedError(
            f"The file '{folder / FILE}' cannot be read: {error}. Build the package again."
        ) from error
    return manifest


def read_checked(folder: Path, name: str, manifest: dict[str, Any] | None = None) -> bytes:
    """Return the bytes of a file of the package if its SHA-256 is the one in the manifest."""
    expected = (manifest or read_manifest(folder)).get("files", {}).get(name)
    path = folder / name
    if expected is None:
        raise DamagedError(f"The file '{path}' is not in the manifest. Build the package again.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedError(f"The file '{path}' cannot be read: {error}. Build the package again.") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise DamagedError(
            f"The file '{path}' is not the one that was packaged: its digest differs from the manifest's. "
            "Build the package again."
        )
    return content
