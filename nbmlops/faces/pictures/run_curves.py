"""Run curves: the points of metrics, of one run or of several over each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nbmlops.core.run import MetricValue, Run
from nbmlops.faces.blocks import Picture
from nbmlops.faces.pictures.curves import Curve, draw_curves

__all__ = ["draw_history", "draw_metrics", "draw_together"]

_MOST = 4


def draw_metrics(run: Run) -> list[Picture]:
    """Draw each metric of a run that was taken at several points; the first four of them."""
    return [
        draw_curves([_trace(metric, metric.name)], _word_caption(metric), _name_steps(metric), metric.name)
        for metric in [m for m in run.metrics if len(m.points) > 1][:_MOST]
    ]


def _word_caption(metric: MetricValue) -> str:
    return f"'{metric.name}' at {len(metric.points):,} points"


def _name_steps(metric: MetricValue) -> str:
    return "step" if metric.steps else "point"


def _trace(metric: MetricValue, name: str) -> Curve:
    steps = (
        metric.steps
        if len(metric.steps) == len(metric.points)
        else tuple(map(float, range(len(metric.points))))
    )
    return Curve(name, steps, metric.points)


def draw_together(runs: Sequence[Run]) -> list[Picture]:
    """Draw the metrics that at least two runs took at several points, each with its runs over each other."""
    return [*_draw_shared(runs)][:_MOST]


def _draw_shared(runs: Sequence[Run]) -> Iterator[Picture]:
    for name in dict.fromkeys(m.name for run in runs for m in run.metrics):
        traced = [(run, m) for run in runs for m in run.metrics if m.name == name and len(m.points) > 1]
        if len(traced) > 1:
            curves = [_trace(metric, _name_run(run)) for run, metric in traced]
            yield draw_curves(curves, f"'{name}' of {len(curves)} runs", _name_steps(traced[0][1]), name)


def _name_run(run: Run) -> str:
    return f"{run.id} {run.model_name or run.model_type}".strip()


def draw_history(metric: str, runs: Sequence[Run]) -> Picture:
    """Draw a metric of many runs in the order in which they were started."""
    ordered = sorted(runs, key=lambda run: run.started)
    values = [(run.started, m.value) for run in ordered for m in run.metrics if m.name == metric]
    numbers = tuple(float(at) for at in range(1, len(values) + 1))
    curve = Curve(metric, numbers, tuple(value for _, value in values))
    caption = f"'{metric}' of {len(values):,} runs, in the order in which they were started"
    return draw_curves([curve], caption, "run", metric)
