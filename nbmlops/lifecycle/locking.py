"""Locking: every version of an export with its hashes, and a new environment made from that."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from nbmlops.core.progress import Progress, silent
from nbmlops.errors import ExportError
from nbmlops.processes.child import ProgramError
from nbmlops.processes.uv import locate_python, run_uv

__all__ = ["LOCK", "make_environment", "write_lock"]

LOCK = "pylock.toml"


def write_lock(directory: Path, progress: Progress = silent) -> Path:
    """Write the lock (PEP 751) of an export, from its pyproject.toml, by uv.

    Raises
    ------
    ExportError
        If uv is not installed, or a pinned version cannot be found.
    """
    progress("locking every version, with hashes")
    version = _read_python(directory)
    asked = ["--python", _name_python(version), "--python-version", version, "--no-header"]
    _run_uv(directory, "pip", "compile", "pyproject.toml", *asked, "--format", LOCK, "--output-file", LOCK)
    return directory / LOCK


def make_environment(directory: Path, folder: Path, progress: Progress = silent) -> Path:
    """Make a new environment in `folder` from an export's lock, and return its interpreter.

    The lock is written first where there is none. Raises ExportError as `write_lock` does.
    """
    lock = directory / LOCK
    if not lock.is_file():
        write_lock(directory, progress)
    progress("building a new environment from the lock")
    _run_uv(directory, "venv", "--python", _name_python(_read_python(directory)), str(folder))
    python = locate_python(folder)
    _run_uv(directory, "pip", "install", "--python", str(python), "--requirements", LOCK)
    return python


def _read_python(directory: Path) -> str:
    """Return the Python that an export asks for, as in ``3.12``."""
    project = tomllib.loads((directory / "pyproject.toml").read_text("utf-8")).get("project", {})
    found = re.search(r"\d+\.\d+", str(project.get("requires-python", "")))
    return found[0] if found else _our_python()


def _our_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _name_python(version: str) -> str:
    """Return this interpreter where it is the one that is asked for; else uv looks for one."""
    return sys.executable if version == _our_python() else version


def _run_uv(directory: Path, *arguments: str) -> None:
    try:
        run_uv(directory, *arguments)
    except ProgramError as problem:
        raise ExportError(problem.what, problem.then) from problem
