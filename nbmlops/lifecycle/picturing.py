"""Picturing: the figures of a run as files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.errors import UsageError

if TYPE_CHECKING:
    from nbmlops.core.run import Run
    from nbmlops.store.opening import Store

__all__ = ["write_figures"]

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


def write_figures(store: Store, run: Run, folder: Path) -> tuple[Path, ...]:
    """Write the figures of a run to a folder, and return their paths; refuse to overwrite other files.

    Raises UsageError where a file of that name holds something else, or the run has no figure.
    """
    if not run.figures:
        raise UsageError(f"The run '{run.id}' has no figure.", f"See what it has: `nbmlops show {run.id}`.")
    contents: dict[Path, bytes] = {}
    for number, figure in enumerate(run.figures, 1):
        name = re.sub(r"[^\w.-]+", "-", figure.name).strip("-.")[:80] or f"cell-{figure.execution}"
        ending = _ENDINGS.get(figure.media, "json")
        contents[folder / f"{number:02}-{name}.{ending}"] = store.contents.get(figure.digest)
    for path, content in contents.items():
        if path.exists() and path.read_bytes() != content:
            raise UsageError(f"'{path}' is there, and holds something else.", "Name another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            path.write_bytes(content)
    except OSError as problem:
        raise UsageError(
            f"'{folder}' cannot be written to: {problem.strerror}.", "Name another folder."
        ) from problem
    return tuple(contents)
