"""Ordinary user: the script in which a command is typed by somebody who is not root.

Called with folders that hold the command in ``command.txt``; prints the exit code of each. The
interpreter and its libraries may lie where only root looks, so that all is imported before the rights
are given up.
"""

from __future__ import annotations

import codecs
import encodings
import importlib
import os
import pkgutil
import sys
from pathlib import Path

import nbclient.exceptions
import nbformat.v4
import pandas
import sklearn.linear_model
import sqlite_utils

import nbmlops
from nbmlops.faces.cli import main

ALONE = ("__main__", "rehearsing", "trainer", "replay", "referee", "runtime")


def import_all() -> None:
    """Import every module that a command could come upon."""
    for module in pkgutil.walk_packages(nbmlops.__path__, "nbmlops."):
        if not any(word in module.name for word in ALONE):
            importlib.import_module(module.name)
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name.startswith(("utf_8", "ascii", "latin_1", "unicode_escape", "idna")):
            codecs.lookup(module.name)


def become_nobody() -> None:
    """Give up root, for good."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def answer_line(folder: Path) -> int:
    """Answer the command in ``command.txt`` of a folder in a fork, and return its exit code."""
    words = (folder / "command.txt").read_text().split()
    child = os.fork()
    if child == 0:
        with (folder / "said.txt").open("w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            become_nobody()
            os.chdir(folder)
            code = main(words)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    assert nbclient.exceptions and nbformat.v4 and pandas and sklearn.linear_model and sqlite_utils
    import_all()
    for name in sys.argv[1:]:
        sys.stdout.write(f"{answer_line(Path(name))}\n")
