"""Rescuing: what of somebody's notebook can be made again, and its best model as a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nbmlops.api.opening import use_store
from nbmlops.capture.notebooks import read_notebook
from nbmlops.core.progress import Progress, silent
from nbmlops.core.standing import Rescue
from nbmlops.lifecycle.rescuing import rescue_notebook

__all__ = ["rescue_file"]


def rescue_file(
    notebook: Path,
    directory: Path | None = None,
    allow: Sequence[str] = (),
    store: Path | None = None,
    progress: Progress = silent,
) -> Rescue:
    """Run an existing notebook, tell what reproduces and what does not, and export its best model.

    Parameters
    ----------
    notebook
        Path of the ``.ipynb`` file, which is run in its own folder and not changed.
    directory
        Where to export the best model; by default ``pipelines/NAME``.
    allow
        Side effects to let through while its values are made again, as for `prove`.
    store
        The ``.db`` file; by default the store that serves the current directory.

    Raises
    ------
    CaptureError
        If the file is no notebook, or its kernel dies.
    ExportError
        If the directory is somebody's.
    """
    read_notebook(Path(notebook))  # what is no notebook leaves no store behind
    with use_store(store, create=True) as opened:
        return rescue_notebook(opened, Path(notebook), directory, tuple(allow or ()), progress)
