"""Making pictures: what the verb `picture` draws, shows and writes to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nbmlops.api.experiments import list_runs, show_run
from nbmlops.api.histories import slice_name
from nbmlops.api.judging import judge_model
from nbmlops.core.plot import PLOT_KINDS
from nbmlops.errors import UnknownNameError, UsageError
from nbmlops.faces.blocks import Block, Line, Picture
from nbmlops.faces.pictures.lineage import draw_lineage
from nbmlops.faces.pictures.plots import draw_plot
from nbmlops.faces.pictures.run_curves import draw_history, draw_metrics

__all__ = ["KINDS", "Pictured", "list_kinds", "make_picture", "show_pictured"]

KINDS = ("metrics", "history", "lineage", *PLOT_KINDS)
"""What can be drawn: of a run, of a metric over all runs, of a name, and of a model of this kernel."""

_MOST_RUNS = 10_000
_SIGNS = (b"\x89PNG", b"<?xml", b"<svg")


@dataclass(frozen=True, slots=True)
class Pictured:
    """Pictures of one thing, and the file that they were written to."""

    kind: str
    subject: str
    pictures: tuple[Picture, ...]
    path: str | None = None


def list_kinds() -> tuple[str, ...]:
    """Return what can be drawn."""
    return KINDS


def make_picture(
    kind: str,
    subject: str,
    file: Path | None = None,
    rows: str | None = None,
    truth: str | None = None,
    history: str | None = None,
    notebook: Path | None = None,
    store: Path | None = None,
) -> Pictured:
    """Draw one kind of picture of a run, a metric, a name, or a model that this kernel holds.

    Parameters
    ----------
    kind
        ``metrics`` of a run, ``history`` of a metric over all runs, ``lineage`` of a name; of a model
        ``roc``, ``pr``, ``calibration``, ``confusion`` and ``importance``.
    file
        Where to write it, as .svg or .png.
    rows, truth
        Of a model's answers: with which rows, if not with those that it was measured with last.

    Raises
    ------
    UsageError
        If there is no such picture, or the file is neither.
    """
    if kind not in KINDS:
        raise UsageError(f"There is no picture '{kind}'.", f"Choose one of {', '.join(KINDS)}.")
    if file is not None and file.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"'{file}' ends neither in .svg nor in .png.", "Name it so.")
    if kind in PLOT_KINDS:
        drawn = [draw_plot(judge_model(kind, subject, rows, truth, store))]
    else:
        drawn = _draw_recorded(kind, subject, history, notebook, store)
    if file is not None:
        _write_file(drawn, file)
    return Pictured(kind, subject, tuple(drawn), None if file is None else str(file))


def _draw_recorded(
    kind: str, subject: str, history: str | None, notebook: Path | None, store: Path | None
) -> list[Picture]:
    """Draw what the record alone tells; no value is opened for it."""
    if kind == "lineage":
        found = draw_lineage(slice_name(subject, history, notebook, store))
        if found is None:
            raise UsageError(f"'{subject}' needs one cell only.", f"See it: `nbmlops why {subject}`.")
        return [found]
    if kind == "history":
        runs = list_runs(limit=_MOST_RUNS, store=store)
        if not any(metric.name == subject for run in runs for metric in run.metrics):
            raise UnknownNameError(f"No run has a metric '{subject}'.", "List them: `nbmlops runs`.")
        return [draw_history(subject, runs)]
    drawn = draw_metrics(show_run(subject, None, store).run)
    if not drawn:
        raise UsageError(
            f"No metric of the run '{subject}' was taken at several points.",
            f"See what it has: `nbmlops show {subject}`.",
        )
    return drawn


def _write_file(drawn: Sequence[Picture], file: Path) -> None:
    from nbmlops.faces.pictures.files import stack_shapes, write_png, write_vectors

    if file.exists() and not file.read_bytes()[:64].startswith(_SIGNS):
        raise UsageError(f"'{file}' is there, and holds no picture.", "Name another file.")
    shape = stack_shapes([picture.shape for picture in drawn], drawn[0].caption)
    write = write_png if file.suffix.lower() == ".png" else write_vectors
    file.write_bytes(write(shape))


def show_pictured(found: Pictured) -> Sequence[Block]:
    """Show the pictures, and where they were written to."""
    told = [] if found.path is None else [Line(f"written to '{found.path}'", "good")]
    return (*(_unfold(picture) for picture in found.pictures), *told)


def _unfold(picture: Picture) -> Picture:
    return Picture(picture.shape, picture.caption, picture.table)
