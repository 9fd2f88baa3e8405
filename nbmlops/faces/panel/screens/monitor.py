"""Monitor: what a model was asked lately, how far it drifts from its training data, and Retrain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.api.overseeing import list_inputs
from nbmlops.errors import NbmlopsError
from nbmlops.faces.blocks import Line, Table
from nbmlops.faces.panel.desk import Desk, Screen
from nbmlops.faces.panel.measuring import read_service
from nbmlops.faces.panel.parts import Badge, Button, Column, Field, Form, Grid, GridRow, Part, Row, Section
from nbmlops.faces.show_models import show_retrained, tell_drifting
from nbmlops.faces.wording import count_things, show_time

if TYPE_CHECKING:
    from nbmlops.core.drift import ColumnDrift, DriftReport, Retrained

__all__ = ["MONITOR"]

_NAME = "monitor"


def _show(desk: Desk) -> Sequence[Part]:
    memory = desk.remember(_NAME)
    models = list(dict.fromkeys(v.name for v in reversed(desk.ask("models")) if not v.source))
    if not models:
        return [Table(("",), (), empty="No model yet: register one on the screen Models, and watch it here.")]
    model = memory["model"] if memory.get("model") in models else models[0]
    parts: list[Part] = [
        Row(
            (
                Field("model", "Model", "choice", model, tuple(models), act="choose"),
                *(() if desk.fixed else (Button("Look now", "look", {"model": model}, "main"),)),
            )
        )
    ]
    parts += _show_service(desk, model)
    report = memory.get("report")
    if report is not None and report.model == model:
        parts += _show_report(report)
    if not desk.fixed:
        parts.append(_show_retraining(desk, model, memory))
    return parts


def _show_service(desk: Desk, model: str) -> Sequence[Part]:
    """Say what the service that was started here tells of itself."""
    service = desk.held.get("service")
    if service is None or not service.running or service.offered.ref.partition("@")[0] != model:
        return [Line("No service of this model was started from a panel of this kernel.", "quiet")]
    try:
        told = read_service(service)
    except NbmlopsError as error:
        return [Line(str(error), "bad")]
    if told is None:
        return [Line(f"{service.offered.ref} answers at {service.url}; it tells no figures.", "quiet")]
    return [Table(("service", service.offered.ref), tuple(told), frozenset({1}))]


def _show_report(report: DriftReport) -> Sequence[Part]:
    period = f" from {show_time(report.since)}" if report.since else ""
    period += f" to {show_time(report.until)}" if report.until else ""
    found = [*report.columns, *([report.prediction] if report.prediction else [])]
    rows = tuple(_show_drift(column) for column in sorted(found, key=lambda c: (not c.drifted, -c.statistic)))
    columns = (
        Column("feature", place="name"),
        Column("drift", right=True, place="figure"),
        Column("threshold", right=True),
        Column("now", place="mark"),
        Column("what", place="note"),
    )
    head = Line(
        f"{report.model} {report.version}: {count_things(report.rows, 'prediction')}{period}", "strong"
    )
    unread = (
        [Line(f"{count_things(report.unread, 'line')} of the log could not be read", "bad")]
        if report.unread
        else []
    )
    return (head, tell_drifting(report), *unread, Grid("drift", columns, rows))


def _show_drift(column: ColumnDrift) -> GridRow:
    badge = Badge("drifts", "bad") if column.drifted else Badge("stays", "good")
    return GridRow(
        column.column,
        (column.column, f"{column.statistic:.3f}", f"{column.threshold:.3f}", badge, column.message),
    )


def _show_retraining(desk: Desk, model: str, memory: Mapping[str, Any]) -> Section:
    try:
        inputs = list_inputs(model, desk.store)
    except NbmlopsError as error:
        return Section("Retrain", (Line(str(error), "quiet"),))
    outcome = memory.get("retrained")
    shown = show_retrained(outcome) if outcome is not None and outcome.model == model else ()
    if not inputs:
        return Section("Retrain", (Line("It reads no file that could be another one.", "quiet"),))
    form = Form(
        (
            Field("input", "Input", "choice", inputs[0], inputs),
            Field("file", "New file", value=memory.get("file", ""), hint="path of the new data"),
        ),
        Button("Retrain", "retrain", {"model": model}, hint="Train on it, and compare with the champion"),
    )
    return Section("Retrain", (form, *shown))


def _choose(desk: Desk, value: Mapping[str, Any]) -> None:
    desk.remember(_NAME)["model"] = str(value["model"])


def _look(desk: Desk, value: Mapping[str, Any]) -> None:
    memory, model = desk.remember(_NAME), str(value["model"])
    if desk.start is None:
        return

    def tell(report: DriftReport) -> Line:
        memory["report"] = report
        told = tell_drifting(report)
        return replace(told, text=f"{model}: {told.text}")

    desk.start("monitor", {"model": model}, tell, f"monitor {model}")


def _retrain(desk: Desk, value: Mapping[str, Any]) -> None:
    memory, model = desk.remember(_NAME), str(value["model"])
    name, file = str(value.get("input", "")), str(value.get("file", "")).strip()
    memory["file"] = file
    if desk.start is None or not file:
        desk.say("Name the file with the new data first.", "bad")
        return

    def tell(outcome: Retrained) -> Line:
        memory["retrained"] = outcome
        return Line(
            f"Retrained {model}: {outcome.decision}.", "good" if outcome.decision != "not better" else "plain"
        )

    keywords = {"model": model, "inputs": {name: Path(file).expanduser()}}
    desk.start("retrain", keywords, tell, f"retrain {model}")


MONITOR = Screen(_NAME, "Monitor", _show, {"choose": _choose, "look": _look, "retrain": _retrain})
"""The sixth screen."""
