"""Adopting: the runs of a child belong to its sweep, and the sweep is a run itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from nbmlops.core.digest import digest_text
from nbmlops.core.history import History
from nbmlops.core.run import MetricValue, Run
from nbmlops.core.sweep import SweepChild, SweepReport
from nbmlops.store.opening import Store
from nbmlops.tracking.merging import merge_runs

__all__ = ["adopt_runs"]


def adopt_runs(store: Store, history: History, runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return the runs of a history with what sweeps say of them, and the sweeps that it has run."""
    if history.origin is None:
        # Each attempt at a sweep is the same run once more.
        return (*runs, *merge_runs(_describe_sweep(report) for report in store.sweeps.list_of(history.id)))
    found = store.sweeps.find_child(history.id)
    if found is None:
        return tuple(runs)
    sweep, child = found
    return tuple(_list_adopted(sweep, child, history, tuple(runs)))


def _list_adopted(sweep: str, child: SweepChild, history: History, runs: tuple[Run, ...]) -> Iterator[Run]:
    values = dict(child.values)
    for run in runs:
        known = dict(run.parameters)
        more = tuple((name, _read_value(text)) for name, text in values.items() if name not in known)
        status = run.status if child.status == "finished" else child.status
        parent = sweep if run.parent is None else run.parent
        yield dataclasses.replace(run, parameters=(*run.parameters, *more), status=status, parent=parent)
    if not runs:
        number = history.executions[-1].number
        metrics = () if child.metric is None else (MetricValue("metric", child.metric, "", number),)
        yield Run(
            id=digest_text(f"{sweep} {child.number}")[:12],
            experiment=_name_experiment(history),
            history=history.id,
            model_name="",
            model_type="",
            parameters=tuple((name, _read_value(text)) for name, text in values.items()),
            metrics=metrics,
            data=(),
            occurrences=1,
            status=child.status,
            started=history.started,
            executions=(number,),
            fitted_at=number,
            parent=sweep,
        )


def _read_value(text: str) -> str | int | float | bool | None:
    import ast

    value = ast.literal_eval(text)
    return value if isinstance(value, str | int | float | bool | None) else text


def _name_experiment(history: History) -> str:
    mark = history.executions[-1].experiment
    if mark is not None:
        return mark.name
    name = (history.notebook or "default").replace("\\", "/").rpartition("/")[2]
    return name.removesuffix(".ipynb")


def _describe_sweep(report: SweepReport) -> Run:
    best = report.find_best()
    metrics: tuple[MetricValue, ...] = ()
    if best is not None and best.metric is not None and report.metric is not None:
        points = tuple(c.metric for c in report.children if c.metric is not None)
        metrics = (MetricValue(report.metric, best.metric, "best of the sweep", report.execution, points),)
    return Run(
        id=report.id,
        experiment=report.experiment,
        history=report.history,
        model_name="",
        model_type="sweep",
        parameters=tuple(_list_space(report)),
        metrics=metrics,
        data=(),
        occurrences=1,
        status=report.status,
        started=report.started,
        executions=(report.execution,),
        fitted_at=report.execution,
    )


def _list_space(report: SweepReport) -> Iterator[tuple[str, str]]:
    yield "space", report.space
    yield "chosen by", report.parts.get("the way of choosing", "")
