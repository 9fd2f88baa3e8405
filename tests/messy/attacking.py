"""Attacks: small notebooks that do what a slice easily overlooks, each a script of cells."""

from __future__ import annotations

import ast
import importlib
import os
import random
import re
import shutil
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.messy.independent import describe_value
from tests.messy.session import Event, Session
from tests.messy.shelf import Notebook
from tests.messy.swift import fork_work, remake_value, run_swiftly

__all__ = ["ATTACKS", "Attack", "find_wrong"]

_CELL = re.compile(r"^# %%.*$", re.MULTILINE)
_HEAD = re.compile(r"^# (targets|file|change): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Attack:
    """One script: the names that are exported, the files beside it, and what a caller may change.

    `changes` are names that are bound to a literal, and literals that they are given instead: an export
    with that parameter has to make what the whole notebook makes with it.
    """

    name: str
    cells: tuple[str, ...]
    targets: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    changes: dict[str, object] = field(default_factory=dict)


def _read_attack(path: Path) -> Attack:
    head, *cells = _CELL.split(path.read_text("utf-8"))
    told = _HEAD.findall(head)
    targets = tuple(name for key, text in told if key == "targets" for name in text.split())
    files = {t.partition(" = ")[0]: ast.literal_eval(t.partition(" = ")[2]) for k, t in told if k == "file"}
    pairs = [t.partition(" = ")[::2] for key, t in told if key == "change"]
    changes = {name: ast.literal_eval(text) for name, text in pairs}
    return Attack(path.stem, tuple(c.strip("\n") for c in cells), targets, files, changes)


ATTACKS = tuple(_read_attack(p) for p in sorted((Path(__file__).parent / "attacks").glob("*.txt")))


def find_wrong(attack: Attack, folder: Path) -> list[str]:
    """Record an attack, export its targets, and return what is not as in the notebook."""
    files = []
    for name, text in attack.files.items():
        files.append(folder / name)
        files[-1].write_text(text)
    events = tuple(Event(f"c{number}", text) for number, text in enumerate(attack.cells, 1))
    session = Session(Notebook(attack.name, attack.cells, tuple(files)), 1, events)
    with warnings.catch_warnings():  # as in a kernel, where a warning stops no cell
        warnings.simplefilter("default")
        outcome = run_swiftly(session, names=attack.targets, keep=folder / "kept")
    wrong = [f"{f.name} {f.what}: {f.detail[-600:]}" for f in outcome.findings if f.what != "identical"]
    wrong += [f"a cell raised {status}" for status in outcome.statuses if status != "ok"]
    return wrong or (_find_unchanged(attack, folder) if attack.changes else [])


def _find_unchanged(attack: Attack, folder: Path) -> list[str]:
    """Return the targets that come out otherwise than in the notebook where a parameter is another."""
    cells = list(attack.cells)
    for name, value in attack.changes.items():
        cells = [re.sub(rf"^{name} = .*$", f"{name} = {value!r}", c, flags=re.MULTILINE) for c in cells]
    place = Path(tempfile.mkdtemp(dir=folder))
    for name in attack.files:
        shutil.copy(folder / name, place)
    wanted = fork_work(lambda: _run_plain(cells, attack.targets, place), folder / "wanted.json")
    wrong = []
    for name in attack.targets:
        export = folder / "kept" / "exports" / name
        made = fork_work(lambda export=export: remake_value(export, attack.changes), folder / "made.json")
        if {k: made.get(k) for k in ("digest", "hash")} != wanted.get(name):
            wrong.append(f"{name} with {attack.changes}: {wanted.get(name)} and not {made}")
    return wrong


def _run_plain(cells: list[str], targets: tuple[str, ...], place: Path) -> dict[str, Any]:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    os.chdir(place)
    random.seed(1)
    importlib.import_module("numpy").random.seed(1)
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    for cell in cells:
        shell.run_cell(cell)
    return {name: describe_value(shell.user_ns.get(name)) for name in targets}
