"""Sweeping: run a cell with many values of its names, from what this kernel holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbmlops.api.opening import choose_history, find_following
from nbmlops.core.clock import now
from nbmlops.core.history import Execution
from nbmlops.core.marks import cut_marks
from nbmlops.core.progress import Progress, silent
from nbmlops.core.space import read_sweep
from nbmlops.errors import SweepError

if TYPE_CHECKING:
    from nbmlops.core.sweep import SweepReport

__all__ = ["run_sweep"]


def run_sweep(lines: Sequence[str], body: str, progress: Progress = silent) -> SweepReport:
    """Run a cell of this kernel with many values; the kernel's own names stay as they are.

    Parameters
    ----------
    lines
        What stands behind ``%%sweep``, for each line that begins so.
    body
        The cell without these lines.
    progress
        Told how far it has come.

    Raises
    ------
    UsageError
        If the lines do not parse: the message shows where.
    SweepError
        If the children would not be as by hand; the message names what stands in the way.
    """
    from nbmlops.lifecycle.sweeping.running import sweep_cell  # what only records cells does without it

    request = read_sweep(lines)
    following = find_following()
    running = following.recorder.draft_execution() if following else None
    if following is None or running is None:
        raise SweepError(
            "This cell is not being recorded, and a sweep starts from what was.",
            "Go on recording: `%nbmlops enable`, or `%load_ext nbmlops`.",
        )
    history = choose_history(following.store)
    before = tuple(e for e in history.executions if e.number < running.number)
    cell = _mark_cell(running)
    return sweep_cell(
        following, dataclasses.replace(history, executions=before), cell, body, request, progress
    )


def _mark_cell(running: Execution) -> Execution:
    marks = cut_marks(running.source)[0]
    return dataclasses.replace(
        running, step=marks.step, experiment=marks.experiment, started=running.started or now()
    )
