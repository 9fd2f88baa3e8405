"""Runs: find the best one, see what it is made of, compare, and register what it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbmlops.core.run import MetricValue, Run
from nbmlops.errors import NbmlopsError
from nbmlops.faces.blocks import Line
from nbmlops.faces.panel.desk import PAGE, Desk, Screen
from nbmlops.faces.panel.parts import (
    Badge,
    Button,
    Cell,
    Column,
    Field,
    Grid,
    GridRow,
    Moment,
    Part,
    Row,
    Section,
    Spark,
)
from nbmlops.faces.panel.proving import list_proved
from nbmlops.faces.panel.screens.run_detail import DETAIL_ACTS, show_opened
from nbmlops.faces.show_runs import show_comparison
from nbmlops.faces.wording import count_things, show_number, show_time

__all__ = ["RUNS"]

_NAME = "runs"
_MOST_COLUMNS, _MOST_COMPARED, _LONGEST, _MOST_OFFERED, _MOST_POINTS = 4, 6, 300, 40, 60
_UNTRIED = Badge("not tried", "quiet")
_SIGNS: Mapping[str, Badge] = {
    "finished": Badge("finished", "good"),
    "failed": Badge("failed", "bad"),
    "interrupted": Badge("interrupted", "quiet"),
}


def _show(desk: Desk) -> Sequence[Part]:
    memory = desk.remember(_NAME)
    limit = int(memory.get("limit", PAGE))
    chosen: list[str] = memory.setdefault("chosen", [])
    try:
        found = _find_runs(desk, memory, limit + 1)
    except NbmlopsError as error:  # a filter that does not parse stays where it can be mended
        return [_show_tools(memory, chosen), Line(str(error), "bad")]
    runs = found[:limit]
    proved = list_proved(desk)
    parts: list[Part] = [
        _show_tools(memory, chosen),
        _show_choosing(runs, memory),
        _show_grid(runs, memory, chosen, proved),
    ]
    if memory.get("sort"):
        parts.append(_show_sorted(str(memory["sort"])))
    if len(found) > limit:
        parts.append(Button(f"Show {PAGE} more", "more"))
    if memory.get("compared"):
        compared = show_comparison(desk.ask("compare", runs=memory["compared"]))
        parts.append(Section("Compared", (*compared, Button("Close", "close"))))
    elif memory.get("opened"):
        parts.append(show_opened(desk, memory["opened"], proved))
    return parts


def _find_runs(desk: Desk, memory: Mapping[str, Any], limit: int) -> tuple[Run, ...]:
    found: tuple[Run, ...] = desk.ask(
        "runs",
        conditions=[memory["where"]] if memory.get("where") else (),
        sort=memory.get("sort"),
        ascending=not memory.get("descending", True),
        limit=limit,
        of=memory.get("of"),
        archived=bool(memory.get("archived")),
    )
    return found


def _show_tools(memory: Mapping[str, Any], chosen: Sequence[str]) -> Row:
    hint = "accuracy > 0.8 and model = SVC"
    count = len(chosen)
    of: list[Part] = (
        [Button(f"All runs, not only those of {memory['of']}", "whole")] if memory.get("of") else []
    )
    return Row(
        (
            *of,
            Field("where", "Filter", "search", memory.get("where", ""), hint=hint, act="filter"),
            Field("archived", "archived too", "check", bool(memory.get("archived")), act="filter"),
            Button(
                f"Compare {count_things(count, 'run')}" if count else "Compare",
                "compare",
                enabled=2 <= count <= _MOST_COMPARED,
                hint="tick two to six runs",
            ),
        )
    )


def _show_choosing(runs: Sequence[Run], memory: Mapping[str, Any]) -> Section:
    """Return the boxes that say which metrics and parameters have columns."""
    shown = {*_choose_columns(runs, memory, "metric"), *_choose_columns(runs, memory, "parameter")}
    boxes = [
        Field(f"{kind} {name}", name, "check", (kind, name) in shown, act="columns")
        for kind, names in (("metric", _count_metrics(runs)), ("parameter", _count_parameters(runs)))
        for name in list(names)[:_MOST_OFFERED]
    ]
    return Section("Columns", (Row(tuple(boxes)),), folded=not memory.get("columns"))


def _count_metrics(runs: Sequence[Run]) -> dict[str, int]:
    return _count_names([[m.name for m in run.metrics] for run in runs])


def _count_parameters(runs: Sequence[Run]) -> dict[str, int]:
    return _count_names([[name for name, _ in run.parameters] for run in runs])


def _choose_columns(runs: Sequence[Run], memory: Mapping[str, Any], kind: str) -> list[tuple[str, str]]:
    """Return the names that have a column: those of most runs, but for what the person said."""
    counts = _count_metrics(runs) if kind == "metric" else _count_parameters(runs)
    most = sorted((n for n in counts if "." not in n), key=lambda name: -counts[name])[:_MOST_COLUMNS]
    said: Mapping[str, bool] = memory.get("columns", {})
    return [(kind, name) for name in counts if said.get(f"{kind} {name}", name in most)]


def _show_grid(
    runs: Sequence[Run], memory: Mapping[str, Any], chosen: Sequence[str], proved: Mapping[str, Badge]
) -> Grid:
    metrics = [name for _, name in _choose_columns(runs, memory, "metric")]
    parameters = [name for _, name in _choose_columns(runs, memory, "parameter")]
    columns = (
        Column("model", place="name"),
        Column("proof", place="mark"),
        Column("started", sort="started", place="time"),
        *_list_numbers(metrics, parameters, memory.get("sort") or ""),
        Column("times", right=True),
        Column("status", place="state"),
    )
    rows = tuple(
        GridRow(
            run.id,
            tuple(_list_cells(run, metrics, parameters, proved)),
            chosen=run.id in chosen,
            opened=run.id == memory.get("opened"),
        )
        for run in runs
    )
    return Grid(
        "runs",
        columns,
        rows,
        sorted_by=memory.get("sort") or "started",
        descending=memory.get("descending", True),
        sort_act="sort",
        open_act="inspect",
        choose_act="choose",
        empty=_say_empty(memory),
        short=bool(memory.get("opened") or memory.get("compared")),
    )


def _list_numbers(metrics: Sequence[str], parameters: Sequence[str], sort: str) -> list[Column]:
    """Return the columns of numbers; in a narrow place stands what is sorted by, else the first metric."""
    named = [(f"metrics.{name}", name) for name in metrics]
    named += [(f"parameters.{name}", name) for name in parameters]
    keys = [key for key, _ in named]
    headline = sort if sort in keys else next((key for key in keys if key.startswith("metrics.")), "")
    return [
        Column(name, right=True, sort=key, place="figure" if key == headline else "") for key, name in named
    ]


def _say_empty(memory: Mapping[str, Any]) -> str:
    if memory.get("where"):
        return "No run is like that: ask for less, or empty the filter."
    return "No run yet: fit a model in a cell (`model.fit(X, y)`), and it is listed here."


def _show_sorted(by: str) -> Row:
    """Say which runs an order leaves out, with the way back: there may be none left to click at."""
    name = by.partition(".")[2]
    said = Line(f"sorted by '{name}': runs without such a number are left out", "quiet")
    return Row((said, Button("Newest first", "sort", {"by": "started"})))


def _count_names(named: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return in how many runs each name stands, in the order in which they come."""
    counts: dict[str, int] = {}
    for names in named:
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _list_cells(
    run: Run, metrics: Sequence[str], parameters: Sequence[str], proved: Mapping[str, Badge]
) -> list[Cell]:
    measured = {m.name: m for m in run.metrics}
    given = dict(run.parameters)
    name = f"{run.model_name}: {run.model_type}" if run.model_name else run.model_type or run.experiment
    pin = "★ " if run.pinned else ""
    return [
        _shorten(f"{pin}{name}"),
        proved.get(run.id, _UNTRIED),
        Moment(show_time(run.started), run.started),
        *(_show_metric(measured[n]) if n in measured else "" for n in metrics),
        *(_shorten(show_number(given[n])) if n in given else "" for n in parameters),
        str(run.occurrences),
        _SIGNS[run.status],
    ]


def _show_metric(metric: MetricValue) -> Cell:
    text = _shorten(show_number(metric.value))
    return Spark(text, _thin_points(metric.points)) if len(metric.points) > 1 else text


def _thin_points(points: tuple[float, ...]) -> tuple[float, ...]:
    """Return at most so many points as a small curve can show, the first and the last among them."""
    if len(points) <= _MOST_POINTS:
        return points
    step = (len(points) - 1) / (_MOST_POINTS - 1)
    return tuple(points[round(step * at)] for at in range(_MOST_POINTS))


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _filter(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    if "where" in value:
        memory["where"] = str(value["where"]).strip()
    if "archived" in value:
        memory["archived"] = bool(value["archived"])
    memory["limit"] = PAGE


def _columns(desk: Desk, value: Mapping[str, Any]) -> None:
    said = desk.remember(_NAME).setdefault("columns", {})
    said.update({str(key): bool(shown) for key, shown in value.items()})


def _sort(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    by = str(value["by"])
    same = by == (memory.get("sort") or "started")
    memory["descending"] = not memory.get("descending", True) if same else True
    memory["sort"] = None if by == "started" else by


def _more(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    memory["limit"] = int(memory.get("limit", PAGE)) + PAGE


def _inspect(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    key = str(value["key"])
    memory["opened"] = None if memory.get("opened") == key else key
    memory["compared"] = None


def _choose(desk: Desk, value: Mapping[str, Any]) -> None:
    chosen: list[str] = desk.remember(_NAME).setdefault("chosen", [])
    key = str(value["key"])
    if key in chosen:
        chosen.remove(key)
    else:
        chosen.append(key)


def _compare(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    memory["compared"], memory["opened"] = list(memory.get("chosen", ()))[:_MOST_COMPARED], None


def _close(desk: Desk, value: Mapping[str, Any]) -> None:
    memory = desk.remember(_NAME)
    memory["compared"] = memory["opened"] = None


RUNS = Screen(
    _NAME,
    "Runs",
    _show,
    {
        **DETAIL_ACTS,
        "filter": _filter,
        "columns": _columns,
        "sort": _sort,
        "more": _more,
        "inspect": _inspect,
        "choose": _choose,
        "compare": _compare,
        "close": _close,
    },
)
"""The first screen."""
