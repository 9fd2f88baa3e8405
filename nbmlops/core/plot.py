"""Plots: what a picture of a model's answers is to show, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["PLOT_KINDS", "Plot", "PlotKind", "Trace"]

PlotKind = Literal["roc", "pr", "calibration", "confusion", "importance"]
PLOT_KINDS: tuple[PlotKind, ...] = ("roc", "pr", "calibration", "confusion", "importance")
"""What can be plotted of a model: the first four of its answers to rows whose truth is known."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A named line of points; `reference` is one that is there to compare with."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    reference: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Numbers of one picture.

    Curves have `traces` over `x_label` and `y_label`. A confusion matrix has `labels` and the `counts` of
    rows by their true label (a row of counts) and the one that was answered. Importances have `labels`, their
    `values`, most important first, and where it is known the deviation of each. `about` says of which
    model and rows, `rows` how many, `notes` what has to be known beside.
    """

    kind: PlotKind
    about: str
    rows: int = 0
    traces: tuple[Trace, ...] = ()
    labels: tuple[str, ...] = ()
    counts: tuple[tuple[int, ...], ...] = ()
    values: tuple[float, ...] = ()
    deviations: tuple[float, ...] = ()
    x_label: str = ""
    y_label: str = ""
    notes: tuple[str, ...] = ()
