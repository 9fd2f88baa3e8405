"""Private cells: their text is nowhere, and what they did is not blamed on another cell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbmlops.errors import ExportError
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.slicing.cutting import cut_slice
from nbmlops.store.opening import open_store

SCRIPT = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in {cells!r}:
    shell.run_cell(cell, store_history=True)
"""


def record(cells: list[str], folder: Path):
    store = folder / "store" / "store.db"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(cells=cells)],
        cwd=folder,
        env={"NBMLOPS_STORE": str(store), "PATH": "", "HOME": str(folder), "IPYTHONDIR": str(folder / "ipy")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stdout
    return store


def read_bytes(store: Path) -> bytes:
    return b"".join(path.read_bytes() for path in store.parent.iterdir())


@pytest.mark.parametrize(
    "cells",
    [
        ["%load_ext nbmlops", "%%private\npassword = 'hunter2'"],
        ["%load_ext nbmlops", "%%private\npassword = 'hunter2'", "%unload_ext nbmlops", "%load_ext nbmlops"],
    ],
    ids=["while recording", "recalled later"],
)
def test_text_of_a_private_cell_is_nowhere(cells, tmp_path):
    store = record([*cells, "del password", "x = 1"], tmp_path)
    assert b"hunter2" not in read_bytes(store)


def test_private_change_is_not_blamed_on_the_next_cell(tmp_path):
    cells = ["%load_ext nbmlops", "values = [1]", "%%private\nvalues.append(2)", "n = len(values)"]
    store = record(cells, tmp_path)
    with open_store(store) as opened:
        history = opened.histories.load(opened.histories.resolve("last"))
        last = history.executions[-1]
        changed = [e for s in last.statements for e in s.effects if e.resource.key == "values"]
        assert last.source == "n = len(values)"
        assert changed == []
        with pytest.raises(ExportError, match="its text was not recorded"):
            cut_pipeline(cut_slice(history, "values"), history)
