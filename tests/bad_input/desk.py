"""Desk: a folder where commands are typed, and what a person sees of them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest

from nbmlops.faces.cli import main

__all__ = ["JARGON", "Answer", "Desk", "find_alive", "photograph"]

JARGON = ("Traceback", "NoneType", "object has no attribute", "[Errno", "<class", " at 0x")
"""What no message to a person holds."""


@dataclass(frozen=True)
class Answer:
    """What came of one command."""

    code: int
    output: str
    errors: str

    @property
    def message(self) -> str:
        """The last thing that was said on stderr, without the progress before it."""
        return self.errors[self.errors.rindex("nbmlops: ") :].strip() if "nbmlops: " in self.errors else ""

    def refuses(self, *parts: str, code: int = 3) -> Answer:
        """Require one clear message with these parts, which ends with what to type next."""
        assert self.code == code, (self.code, self.errors, self.output)
        assert self.errors.count("nbmlops: ") == 1, self.errors
        assert self.output == ""
        for part in parts:
            assert part in self.message, self.message
        for word in JARGON:
            assert word not in self.errors, self.errors
        sentences = self.message.replace("`.", ".").rstrip()
        assert sentences.endswith((".", "?")), self.message
        return self


class Desk:
    """A folder with a store of its own, where commands are typed."""

    def __init__(self, folder: Path, store: Path | None = None) -> None:
        self.folder = folder
        self.store = store
        folder.mkdir(parents=True, exist_ok=True)

    def type(self, *words: str) -> Answer:
        """Answer a command in this process, which is faster and says the same."""
        output, errors = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
            patch.chdir(self.folder)
            if self.store is not None:
                patch.setenv("NBMLOPS_STORE", str(self.store))
            code = main(list(words))
        return Answer(code, output.getvalue(), errors.getvalue())

    def start(self, *words: str, **options) -> subprocess.Popen[str]:
        """Start a command in a process and a session of its own."""
        environment = dict(os.environ)
        if self.store is not None:
            environment["NBMLOPS_STORE"] = str(self.store)
        return subprocess.Popen(
            [sys.executable, "-m", "nbmlops", *words],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def spawn(self, *words: str, **options) -> Answer:
        """Answer a command in a process of its own."""
        child = self.start(*words, **options)
        output, errors = child.communicate(timeout=600)
        return Answer(child.returncode, output, errors)

    def write_notebook(self, name: str, cells: Iterable[str], kernel: str = "python3") -> Path:
        """Write a notebook with these code cells."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.metadata.kernelspec = {"name": kernel, "display_name": kernel, "language": "python"}
        for number, cell in enumerate(notebook.cells, 1):
            cell["id"] = f"cell-{number}"
        nbformat.write(notebook, self.folder / name)
        return self.folder / name


def find_alive(helpers: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Wait until processes have ended, and return those that have not."""
    psutil.wait_procs(helpers, timeout=600)
    return [one for one in helpers if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def photograph(folder: Path, *left_out: str) -> dict[str, bytes | str]:
    """Return all files below a folder with their bytes, and links with their targets."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(left_out):
            continue
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return found
