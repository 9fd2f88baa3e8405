"""Sweeping: cells to sweep, and what the tests of sweeps ask."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

from nbmlops.core.encoding import load
from nbmlops.core.sweep import SweepChild

__all__ = [
    "CELL",
    "DATA",
    "SLOW",
    "STATE",
    "list_children",
    "list_workers",
    "read_command",
    "read_runs",
    "wait_until",
]

DATA = """\
import numpy as np
from sklearn.tree import DecisionTreeClassifier
rows = 60
X = np.random.normal(size=(rows, 3))
y = (X[:, 0] + np.random.normal(size=rows) > 0).astype(int)
"""
CELL = """\
depth = 3
model = DecisionTreeClassifier(max_depth=depth, splitter='random').fit(X + shift, y)
acc = model.score(X, y)
"""
SLOW = """\
import os, time
n = 0
open(f'began-{n}', 'w').close()
if n > 2 and not os.path.exists('go'):
    time.sleep(600)
acc = n * scale
"""
STATE = "(sorted(n for n in globals() if n[:1] != '_'), np.random.get_state()[1].tolist())"


def read_runs(kernel, of=None):
    asked = "%nbmlops runs --json" + (f" --of {of}" if of else "")
    return json.loads(kernel.run(asked).shown[-1]["text/plain"])


def list_children(directory):
    """Return the children of each attempt at a sweep, as they stand in the store."""
    with sqlite3.connect(directory / ".nbmlops" / "store.db") as store:
        rows = store.execute("select sweep, record from sweep_children order by sweep, number").fetchall()
    found = {}
    for attempt, record in rows:
        found.setdefault(attempt, []).append(load(SweepChild, record))
    return list(found.values())


def wait_until(check):
    until = time.monotonic() + 600
    while not check():
        assert time.monotonic() < until
        time.sleep(0.05)


def read_command(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def list_workers(parent):
    """Return the processes whose parent is, or was, some process."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if int(text.rpartition(")")[2].split()[1]) == parent:
            found.append(int(status.parent.name))
    return found
