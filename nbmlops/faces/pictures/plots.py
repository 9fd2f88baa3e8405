"""Plots as pictures: ROC, precision and recall, calibration, confusion, importance."""

from __future__ import annotations

from nbmlops.core.plot import Plot
from nbmlops.faces.blocks import Picture
from nbmlops.faces.pictures.curves import Curve, draw_curves
from nbmlops.faces.pictures.matrix import draw_matrix, draw_ranks
from nbmlops.faces.wording import count_things

__all__ = ["draw_plot"]

_TITLES = {
    "roc": "ROC curve",
    "pr": "Precision and recall",
    "calibration": "Calibration",
    "confusion": "Confusion matrix",
    "importance": "What weighs",
}


def draw_plot(plot: Plot) -> Picture:
    """Draw a plot; its caption says of which model and rows it is, and what has to be known beside."""
    rows = f" ({count_things(plot.rows, 'row')})" if plot.rows else ""
    caption = "; ".join([f"{_TITLES[plot.kind]} of {plot.about}{rows}", *plot.notes])
    if plot.kind == "confusion":
        return draw_matrix(plot, caption)
    if plot.kind == "importance":
        return draw_ranks(plot, caption)
    curves = [Curve(trace.name, trace.x, trace.y, trace.reference) for trace in plot.traces]
    return draw_curves(curves, caption, plot.x_label, plot.y_label, (0.0, 1.0), (0.0, 1.0))
