"""A recorded shell in this process: the quickest way from cells to a history."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbmlops.capture.recorder import Recorder
from nbmlops.core.history import Environment, History

__all__ = ["ENVIRONMENT", "record_cells"]

ENVIRONMENT = Environment("3.11.0", "Linux", {})


def record_cells(
    cells: Sequence[str], folder: str | Path = "/"
) -> tuple[History, dict[str, bytes], dict[str, Any]]:
    """Run cells in a shell of their own; return the history, its contents and the namespace left."""
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    executions, contents = [], {}

    def deliver(execution, found):
        executions.append(execution)
        contents.update(found)

    recorder = Recorder(shell, deliver, dict)
    recorder.start()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in cells:
                shell.run_cell(cell, store_history=True)
    finally:
        recorder.stop()
    assert recorder.problems == []
    history = History("h", None, str(folder), "", ENVIRONMENT, executions=tuple(executions))
    return history, contents, shell.user_ns
