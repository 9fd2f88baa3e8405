"""Scoring several models on the same new rows, in a child process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nbmlops.core.encoding import decode, encode
from nbmlops.core.progress import Progress, silent
from nbmlops.package.cut import ask_child
from nbmlops.package.rowcut import RowCut, Scored

__all__ = ["score_rows"]


def score_rows(
    contenders: Sequence[tuple[RowCut, tuple[str, bytes]]], frame: Path, progress: Progress = silent
) -> Scored:
    """Let models answer the rows of a raw file, each by its own row function.

    `contenders` are pairs of a row cut and its estimator (codec and bytes); `frame` is a file as the
    notebook reads it, with the label. Raises PackageError where the file is not such a one.
    """
    request = {
        "verb": "score",
        "cuts": [{"cut": encode(cut), "codec": codec} for cut, (codec, _) in contenders],
        "frame": str(frame.absolute()),
    }
    files = {f"estimator{number}.bin": content for number, (_, (_, content)) in enumerate(contenders)}
    answer = ask_child(request, files, frame.absolute().parent, progress)
    scored: Scored = decode(Scored, answer["scored"])
    return scored
