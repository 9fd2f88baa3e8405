"""uv: locks, wheels and environments, made by the program of that name."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from nbmlops.processes.child import ProgramError, python_command, run_child

__all__ = ["find_uv", "locate_python", "run_uv"]

_SECONDS = 1800.0


def find_uv() -> list[str]:
    """Return the command that starts uv; ProgramError where it is not installed."""
    if importlib.util.find_spec("uv") is not None:
        return python_command("-m", "uv")
    program = shutil.which("uv")
    if program is None:
        raise ProgramError(
            "A lock and a clean environment are made by uv, which is not installed.",
            "Install it: `python -m pip install uv`.",
        )
    return [program]


def run_uv(directory: Path, *arguments: str) -> None:
    """Run uv in `directory`; ProgramError with what it said where it fails."""
    finished = run_child([*find_uv(), *arguments, "--quiet"], cwd=directory, timeout=_SECONDS)
    if finished.code:
        said = (finished.errors.strip() or finished.output.strip())[-800:]
        raise ProgramError(
            f"uv could not do `{' '.join(arguments[:2])}`: {said}",
            "Check the versions in pyproject.toml and the network, then try again.",
        )


def locate_python(environment: Path) -> Path:
    """Return the interpreter of an environment."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
