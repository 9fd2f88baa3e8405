"""Injecting: what an export is given that none of its statements computes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from nbmlops.core.pipeline import Piece
from nbmlops.core.resource import CHANGED_MEANWHILE, MADE_MEANWHILE
from nbmlops.core.slice import Slice
from nbmlops.errors import ExportError
from nbmlops.pipeline.clashes import find_clashes

__all__ = ["list_injected", "tell_clashes", "tell_doubts", "tell_questions"]


def list_injected(slice_: Slice, pieces: Sequence[Piece] = ()) -> tuple[str, ...]:
    """List random states and recorded answers that are put back, and inputs of unknown origin."""
    answers = [
        f"the answer `{name}` of execution {execution}, as it was recorded"
        for piece in pieces
        for name, execution in re.findall(r'load_answer\("(\w+)_(\d+)_\d+"\)', piece.code)
    ]
    states = [f"random state of `{r.stream}` before execution {r.place[0]}" for r in slice_.restores]
    files = [
        f"the file '{path.name}', made or changed while the kernel ran by nothing that was observed"
        for path in _find_doubtful(slice_)
    ]
    return (*states, *answers, *files)


def tell_doubts(slice_: Slice) -> list[str]:
    """Say aloud which inputs were made or changed while the kernel ran, by nothing that was observed."""
    return [
        f"'{path}' was made or changed while the kernel ran, by nothing that was observed: if a cell "
        "computed it, this export only loads what it computed. Run that cell again after "
        "`%load_ext nbmlops`, and export again."
        for path in _find_doubtful(slice_)
    ]


def tell_clashes(slice_: Slice, proved: bool) -> list[str]:
    """Say aloud which files changed on the way, so that no one path can hold what was read.

    Raises ExportError where no proof will tell whether that matters.
    """
    told = [
        f"'{clash.path}' was changed between cell {clash.earlier} and cell {clash.later} by nothing that was "
        f"observed, and '{slice_.target}' needs both: a pipeline has one file of that path."
        for clash in find_clashes(slice_)
    ]
    if told and not proved:
        raise ExportError(
            f"'{slice_.target}' cannot be exported unproven: {told[0]}",
            "Save what was changed as a file of another name, run what reads it again, and export again; "
            "or leave `--no-prove` out, and the proof tells whether it matters.",
        )
    return told


def tell_questions(slice_: Slice) -> list[str]:
    """Say aloud what the pipeline asks a person anew, and what changed between two cells."""
    asked = dict.fromkeys(r.resource.key for r in slice_.inputs if r.resource.kind == "outside")
    people = [key for key in asked if key == "input" or key.startswith(("widget ", "between cells"))]
    return [
        f"The notebook was answered by a person or a callback ({key}), and the pipeline cannot know it: "
        "export with `--frozen` to take what was answered."
        for key in people
    ]


def _find_doubtful(slice_: Slice) -> list[Path]:
    return [Path(r.resource.key) for r in slice_.inputs if r.because in (CHANGED_MEANWHILE, MADE_MEANWHILE)]
