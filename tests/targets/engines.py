"""Environments of their own for the engines that run exports, kept under build/ between test runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

__all__ = ["make_environment", "make_node_folder", "run_program"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def make_environment(name: str, *wanted: str) -> Path:
    """Return the folder of programs of an environment that holds what is wanted, at the pinned versions.

    Without a network this fails the test, and says so: nothing is skipped.
    """
    pins = HERE / "pins" / f"{name}.txt"
    known = pins.read_text() if pins.is_file() else ""
    digest = hashlib.sha256("\n".join([sys.version, known, *wanted]).encode()).hexdigest()[:12]
    folder = ROOT / "build" / "engines" / f"{name}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            _run_uv("venv", "--seed", "--python", sys.executable, str(folder))
            pinned = ["--constraints", str(pins)] if known else []
            if wanted:
                _run_uv("pip", "install", "--python", str(folder / "bin" / "python"), *pinned, *wanted)
            (folder / "made").touch()
    return folder / "bin"


def make_node_folder(name: str, *wanted: str) -> Path:
    """Return the folder in which packages of npm are installed at their versions, kept between test runs."""
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:12]
    folder = ROOT / "build" / "engines" / f"npm-{name}-{digest}"
    if not (folder / "made").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
        settings = Path.home() / ".npmrc"
        run_program(["npm", "install", *options, *wanted], folder, NPM_CONFIG_USERCONFIG=settings)
        (folder / "made").touch()
    return folder


def _run_uv(*words: str) -> None:
    command = [sys.executable, "-m", "uv", *words, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(
            f"this test needs a package index, and uv could not do `{words[0]}`: {done.stderr[-1500:]}"
        )


def run_program(
    command: Sequence[str | Path],
    cwd: Path,
    programs: Sequence[Path] = (),
    expect: int = 0,
    **variables: str | Path,
) -> str:
    """Run a program with nothing of the person's settings, and return all that it printed."""
    home = cwd / "home"
    home.mkdir(exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "NBMLOPS", "VIRTUAL_ENV"))}
    path = os.pathsep.join([*map(str, programs), kept["PATH"]])
    env = {**kept, "HOME": str(home), "PATH": path, **{k: str(v) for k, v in variables.items()}}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == expect, done.stdout[-4000:]
    return done.stdout
