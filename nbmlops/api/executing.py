"""Executing: run a notebook without a screen, recorded as in JupyterLab."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbmlops.capture.running import run_cells
from nbmlops.core.history import History
from nbmlops.core.progress import Progress, silent
from nbmlops.core.settings import find_store
from nbmlops.errors import CaptureError
from nbmlops.store.opening import open_store

__all__ = ["run_notebook"]


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, str] | None = None,
    allow_errors: bool = False,
    output: Path | None = None,
    store: Path | None = None,
    progress: Progress = silent,
) -> History:
    """Run a notebook from top to bottom and return its history.

    Parameters
    ----------
    notebook
        Path of the ``.ipynb`` file; it runs in its own folder.
    parameters
        New values, as Python literals or plain text, for names that the notebook assigns.
    allow_errors
        Go on after a cell that raises.
    output
        Where to write the executed notebook.
    store
        The ``.db`` file; by default the store that serves the current directory.

    Raises
    ------
    CaptureError
        If the file is no notebook, or a cell raised; what was recorded until then is kept.
    """
    path = (store or find_store(Path.cwd())).absolute()
    open_store(path).close()
    ran = run_cells(Path(notebook), path, parameters or {}, allow_errors, output, progress)
    with open_store(path, create=False) as opened:
        found = opened.histories.latest(None, Path(notebook).absolute())
        if found is None:
            raise CaptureError(
                f"Nothing of '{notebook}' was recorded.",
                "Run `nbmlops doctor` to see what stands in the way.",
            )
        history = opened.histories.load(found)
    if ran.error is not None and not allow_errors:
        raise CaptureError(
            f"'{notebook}' did not run through: {ran.error}. The history '{history.id}' is kept up to there.",
            "Mend the cell and run again, or go on after errors with `--allow-errors`.",
        )
    return history
