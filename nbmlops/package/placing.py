"""Placing: a finished directory takes its place at once, and never that of somebody's files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from nbmlops.core.digest import digest_file
from nbmlops.errors import PackageError

__all__ = ["check_place", "put_place"]

_LEFTOVERS = ("__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache")


def check_place(directory: Path) -> None:
    """Raise PackageError unless `directory` is absent, empty, or a package that nobody has changed."""
    if not directory.exists() and not directory.is_symlink():
        return
    if directory.is_symlink() or not directory.is_dir():
        raise PackageError(
            f"'{directory}' is no directory of its own.", "Name another directory for the package."
        )
    if not any(directory.iterdir()):
        return
    foreign = _find_foreign(directory)
    if foreign is not None:
        raise PackageError(
            f"The directory '{directory}' is no unmodified package: '{foreign}' is not as it was written.",
            "Name another directory, or move that one away first.",
        )


def _find_foreign(directory: Path) -> str | None:
    """Return a file that is missing, changed or not the package's own."""
    try:
        known = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return "manifest.json"
    for name, digest in known.items():
        path = directory / name
        if not path.is_file() or digest_file(path) != digest:
            return str(name)
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        ours = name in known or name == "manifest.json" or path.is_dir()
        if not ours and not _is_leftover(path.relative_to(directory).parts):
            return name
    return None


def _is_leftover(parts: tuple[str, ...]) -> bool:
    """Say whether a file is what Python, pytest and pip leave behind in a project."""
    built = len(parts) > 1 and parts[0] == "build" and parts[1].startswith(("lib", "bdist"))
    made = parts[0].endswith(".egg-info") or built
    return made or any(part in _LEFTOVERS for part in parts)


def put_place(staging: Path, directory: Path) -> None:
    """Rename `staging` to `directory`, and what was there before away first."""
    staging.chmod(0o755)
    if not directory.exists():
        os.rename(staging, directory)  # noqa: PTH104
        return
    old = Path(tempfile.mkdtemp(prefix=f".{directory.name}-old-", dir=directory.parent))
    os.rename(directory, old / "package")  # noqa: PTH104
    try:
        os.rename(staging, directory)  # noqa: PTH104
    except OSError:
        os.rename(old / "package", directory)  # noqa: PTH104
        raise
    shutil.rmtree(old, ignore_errors=True)
