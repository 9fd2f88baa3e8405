"""The seal: a package's manifest is signed, and no file that it names is believed otherwise."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .manifest import FILE, DamagedError, read_checked, read_manifest
from .signing import derive_public, sign_bytes, verify_bytes

__all__ = ["KEY_VARIABLE", "SIGNATURE", "check_package", "sign_manifest"]

SIGNATURE = "manifest.sig"
KEY_VARIABLE = "PACKAGE_KEY"


def sign_manifest(folder: Path, seed: bytes) -> None:
    """Write the signature of the manifest in `folder` beside it."""
    found = {
        "algorithm": "Ed25519",
        "key": derive_public(seed).hex(),
        "signature": sign_bytes(seed, (folder / FILE).read_bytes()).hex(),
    }
    (folder / SIGNATURE).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def check_package(folder: Path) -> dict[str, Any]:
    """Return the manifest, if it is signed and each file that it names is the one that was packaged.

    The signature must be of the key that ``PACKAGE_KEY`` names, where it is set; else of the key that
    lies beside it, which shows damage, and not that somebody else packaged it. Raises DamagedError.
    """
    manifest = read_manifest(folder)
    _check_signature(folder, (os.environ.get(KEY_VARIABLE) or "").strip().lower())
    for name in manifest.get("files", {}):
        read_checked(folder, name, manifest)
    return manifest


def _check_signature(folder: Path, wanted: str) -> None:
    path = folder / SIGNATURE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        key, signature = bytes.fromhex(found["key"]), bytes.fromhex(found["signature"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(
            f"The file '{path}' is no signature ({type(error).__name__}): the package is not signed. "
            "Build the package again."
        ) from error
    if wanted and key.hex() != wanted:
        raise DamagedError(
            f"The file '{path}' is signed with the key {key.hex()}, and {KEY_VARIABLE} is another."
        )
    if not verify_bytes(key, (folder / FILE).read_bytes(), signature):
        raise DamagedError(
            f"The file '{folder / FILE}' is not the one that was signed. Build the package again."
        )
