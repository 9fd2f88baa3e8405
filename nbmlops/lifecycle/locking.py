"""Locking: every version of an export with its hashes, and a new environment made from that."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from nbmlops.core.progress import Progress, silent
from nbmlops.errors import ExportError
from nbmlops.processes.child import python_command, run_child

__all__ = ["LOCK", "make_environment", "write_lock"]

LOCK = "pylock.toml"


def write_lock(directory: Path, progress: Progress = silent) -> Path:
    """Write the lock (PEP 751) of an export, from its pyproject.toml, by uv.

    Raises
    ------
    ExportError
        If uv is not installed, or a pinned version cannot be found.
    """
    progress("locking every version")
    lock = directory / LOCK
    _run_uv(directory, "pip", "compile", "pyproject.toml", "--format", LOCK, "--output-file", str(lock))
    return lock


def make_environment(directory: Path, folder: Path, progress: Progress = silent) -> Path:
    """Make a new environment in `folder` from an export's lock, and return its interpreter."""
    lock = directory / LOCK
    if not lock.is_file():
        lock = write_lock(directory, progress)
    progress("building a new environment from the lock")
    _run_uv(directory, "venv", "--python", sys.executable, str(folder))
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    _run_uv(directory, "pip", "install", "--python", str(python), "--requirements", str(lock))
    return python


def _run_uv(directory: Path, *arguments: str) -> None:
    if importlib.util.find_spec("uv") is None:
        raise ExportError(
            "A lock and a clean environment are made by uv, which is not installed.",
            'Install it: `python -m pip install "nbmlops[lock]"`.',
        )
    finished = run_child(python_command("-m", "uv", *arguments, "--quiet"), cwd=directory, timeout=1800)
    if finished.code:
        raise ExportError(
            f"uv could not do `{' '.join(arguments[:2])}`: {finished.errors.strip()[-800:]}",
            "Check the versions in pyproject.toml and the network, then retry.",
        )
