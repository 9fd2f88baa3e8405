"""Cutting the row function of a model, in a child process, out of the recipe that makes the model."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbmlops.core.encoding import decode, encode
from nbmlops.core.pipeline import Piece
from nbmlops.core.progress import Progress, silent
from nbmlops.errors import PackageError
from nbmlops.package.rowcut import RowCut
from nbmlops.processes.child import clean_environment, python_command, run_child

__all__ = ["ask_child", "cut_rows"]


def cut_rows(
    pieces: Sequence[Piece],
    target: str,
    parameters: Mapping[str, Any],
    directory: Path,
    estimator: tuple[str, bytes],
    progress: Progress = silent,
) -> RowCut:
    """Cut the function of raw rows that makes what the estimator saw, and verify it.

    Parameters
    ----------
    pieces
        The recipe: executed in order in `directory` they make the model as the notebook did.
    target
        The name of the model in the recipe.
    parameters
        What the recipe reads as ``parameters.NAME``: absolute paths of the input files, and plain values.
    estimator
        The fitted estimator as it was saved: codec and bytes.

    Raises
    ------
    PackageError
        Where a statement cannot become part of a function of one row; it is named.
    """
    request = {
        "verb": "cut",
        "pieces": encode(tuple(pieces)),
        "target": target,
        "parameters": dict(parameters),
        "codec": estimator[0],
    }
    answer = ask_child(request, {"estimator.bin": estimator[1]}, directory, progress)
    cut: RowCut = decode(RowCut, answer["cut"])
    return cut


def ask_child(
    request: dict[str, Any], files: dict[str, bytes], directory: Path, progress: Progress
) -> dict[str, Any]:
    """Let a child process answer a request; `files` are put beside it, `directory` is where it runs."""
    with tempfile.TemporaryDirectory(prefix="nbmlops-cut-") as name:
        folder = Path(name)
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        for file, content in files.items():
            (folder / file).write_bytes(content)
        finished = run_child(
            python_command("-m", "nbmlops.package.cutting", folder, isolated=True),
            cwd=directory,
            env=clean_environment({"MPLBACKEND": "Agg"}),
            on_line=progress,
        )
        path = folder / "answer.json"
        if not path.exists():
            last = finished.errors.strip().splitlines()[-1:] or ["it said nothing"]
            raise PackageError(
                f"The process that cuts the row function ended with code {finished.code}: {last[0]}.",
                "Prove the export of the model, then package it again.",
            )
        answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "error" in answer:
        raise PackageError(answer["error"]["what"], answer["error"]["then"])
    return answer
