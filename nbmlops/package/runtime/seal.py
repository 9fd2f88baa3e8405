"""The seal: a package's manifest is signed, and no file that it names is believed otherwise."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import struct
from pathlib import Path
from typing import Any

from .manifest import FILE, DamagedError, read_checked, read_manifest
from .signing import derive_public, sign_bytes, verify_bytes

__all__ = ["KEY_VARIABLE", "SIGNATURE", "check_package", "sign_manifest"]

SIGNATURE = "manifest.sig"
KEY_VARIABLE = "PACKAGE_KEY"

_OWN = ("rows.py", "classes.py")
_CACHE = "__pycache__"
_HEADER = 16


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
    _refuse_strangers(folder, {FILE, SIGNATURE, *manifest.get("files", {})})
    for name in _OWN:
        _check_bytecode(folder / name)
    return manifest


def _refuse_strangers(folder: Path, known: set[str]) -> None:
    """Refuse what lies beside the package's files: a module could take the place of one of them.

    What begins with a dot can be no module; desktops leave such files everywhere.
    """
    for path in sorted(folder.iterdir()):
        if path.name not in known and path.name != _CACHE and not path.name.startswith("."):
            raise DamagedError(
                f"The file '{path}' is not in the manifest. Take it away, or build the package again."
            )


def _check_bytecode(source: Path) -> None:
    """Refuse bytecode that Python would run and that is not what the module compiles to."""
    path = Path(importlib.util.cache_from_source(str(source)))
    if not source.exists() or not path.exists():
        return
    content, about = path.read_bytes(), source.stat()
    stamp = struct.pack("<III", 0, int(about.st_mtime) & 0xFFFFFFFF, about.st_size & 0xFFFFFFFF)
    is_old = content[4:8] == stamp[:4] and content[4:_HEADER] != stamp
    if content[:4] != importlib.util.MAGIC_NUMBER or is_old:
        return
    try:
        held = marshal.loads(content[_HEADER:])
    except (ValueError, EOFError, TypeError):
        held = None
    if held != compile(source.read_bytes(), str(source), "exec", dont_inherit=True):
        raise DamagedError(f"The file '{path}' was not made of '{source}'. Take it away.")


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
