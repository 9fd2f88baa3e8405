"""Digest: which sources the built extension was made of.

python labextension/digest.py          say it
python labextension/digest.py --keep   keep it beside what was built
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

__all__ = ["FOLDER", "KEPT", "digest_sources"]

FOLDER = Path(__file__).resolve().parent
KEPT = FOLDER / "built" / "nbmlops" / "sources.sha256"


def digest_sources() -> str:
    """Return the digest of everything that is built or says how."""
    folders = [FOLDER / name for name in ("schema", "src", "style")]
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    digest = hashlib.sha256()
    for file in (FOLDER / "package.json", FOLDER / "package-lock.json", *files):
        digest.update(f"{file.relative_to(FOLDER).as_posix()}\n".encode())
        digest.update(hashlib.sha256(file.read_text("utf-8").encode()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    print(digest_sources())  # noqa: T201
    if "--keep" in sys.argv:
        KEPT.write_text(digest_sources() + "\n")
