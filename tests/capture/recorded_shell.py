"""A recorded shell in this process: the quickest way from cells to a history."""

from __future__ import annotations

import atexit
import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbmlops.capture.recorder import Recorder
from nbmlops.core.history import Environment, History
from nbmlops.faces.marks import strip_marks
from nbmlops.slicing.cutting import cut_slice

__all__ = ["ENVIRONMENT", "hide_tests", "list_kept", "record_cells"]

ENVIRONMENT = Environment("3.11.0", "Linux", {})


@contextlib.contextmanager
def hide_tests() -> Iterator[None]:
    """Take the tests out of the loaded modules: they are no modules of the person whose cells run."""
    hidden = {n: m for n, m in sys.modules.items() if n.startswith("tests.")}
    for name in hidden:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.modules.update(hidden)


def record_cells(
    cells: Sequence[str], folder: str | Path = "/", witness: bool = False
) -> tuple[History, dict[str, bytes], dict[str, Any]]:
    """Run cells in a shell of their own; return the history, its contents and the namespace left.

    With `witness` the rows that fits and metrics get are looked at, as while hints are on.
    """
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    atexit.unregister(shell.atexit_operations)  # it would keep every shell until the end, and clean each up
    shell.InteractiveTB.set_mode(mode="Minimal")  # nobody reads the tracebacks here
    shell.input_transformers_cleanup.append(strip_marks)
    executions, contents = [], {}

    def deliver(execution, found):
        executions.append(execution)
        contents.update(found)

    recorder = Recorder(shell, deliver, dict)
    with hide_tests():
        recorder.start()
        recorder.witness_rows(witness)
    try:
        with hide_tests(), contextlib.redirect_stdout(io.StringIO()):
            for cell in cells:
                shell.run_cell(cell, store_history=True)
    finally:
        recorder.stop()
    assert recorder.problems == []
    assert recorder.observer.witness is None or recorder.observer.witness.failed == 0
    history = History("h", None, str(folder), "", ENVIRONMENT, executions=tuple(executions))
    return history, contents, shell.user_ns


def list_kept(cells: Sequence[str], target: str) -> list[str]:
    """Return the executions in which the slice of a name keeps statements."""
    history, _, _ = record_cells(cells)
    return [f"{s.execution}" for s in cut_slice(history, target).kept]
