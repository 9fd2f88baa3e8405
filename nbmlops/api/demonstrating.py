"""Demonstrating: the whole way on census data, from a notebook to a champion that was retrained."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nbmlops.api.deploying import monitor_model, package_model, retrain_model
from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name
from nbmlops.api.models import approve_model, list_models, promote_model
from nbmlops.api.opening import use_store
from nbmlops.core.drift import DriftReport, Retrained
from nbmlops.core.history import History
from nbmlops.core.pipeline import Exported
from nbmlops.core.progress import Progress, silent
from nbmlops.errors import PackageError
from nbmlops.lifecycle.demonstrating import (
    Question,
    ask_service,
    find_question,
    list_questions,
    make_data,
    measure_overhead,
    prepare_place,
    send_rows,
)
from nbmlops.lifecycle.packaging import start_service
from nbmlops.processes.server import choose_port
from nbmlops.registry.versions import find_version

__all__ = ["Demonstrated", "run_demo"]

_ROWS = 300
_KNOWN, _CHANGED = 2_000, 6_000


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What the demonstration came to."""

    folder: str
    drifting: tuple[str, ...]
    retrained: str
    verdict: str
    statements_kept: str
    capture_overhead: str
    store_size: str
    served_answer: str
    notebook_answer: str


def run_demo(
    directory: Path | None = None, store: Path | None = None, progress: Progress = silent
) -> Demonstrated:
    """Run the quickstart, prove, register, package, serve, monitor and retrain its model.

    Parameters
    ----------
    directory
        Where to work: a new or empty directory, or one of an earlier demo (default: ``./demo``).
    store
        The ``.db`` file (default: one of the demo's own, in its directory).

    Raises
    ------
    UsageError
        If the directory is somebody's.
    """
    place = Path(directory or "demo").absolute()
    notebook = prepare_place(place)
    path = (store or place / ".nbmlops" / "store.db").absolute()
    shown = _Told(progress, os.path.relpath(place))
    shown.step(f"cd {shown.place}", "a copy of the quickstart notebook and its census data")
    history, exported = _prove_notebook(notebook, path, shown)
    _release_model(place, path, shown)
    served, question = _serve_champion(notebook.with_name("adult.csv.gz"), path, history, shown)
    report, retrained = _watch_champion(place, path, shown)
    found = retrained.comparison
    with use_store(path) as opened:
        size = opened.size()
    total = exported.statements_total
    return Demonstrated(
        folder=str(place),
        drifting=report.drifting,
        retrained=f"{retrained.decision}: {found.metric} {found.champion:.4f} -> {found.candidate:.4f}",
        verdict=str(exported.verdict),
        statements_kept=f"{exported.statements_kept} of {total} ({exported.statements_kept / total:.0%})",
        capture_overhead=f"{measure_overhead(history):.1%} of the cells' time",
        store_size=f"{size / 1e6:.1f} MB",
        served_answer=served,
        notebook_answer=f"{question.answer} with probability {question.probability!r}",
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """Says each step: what would be typed, and what came of it."""

    progress: Progress
    place: str

    def step(self, typed: str, *came: str) -> None:
        """Say what would be typed, and what is known of it already."""
        self.progress(f"$ {typed}")
        for line in came:
            self.came(line)

    def came(self, line: str) -> None:
        """Say what came of the step."""
        self.progress(f"-> {line}")


def _prove_notebook(notebook: Path, store: Path, told: _Told) -> tuple[History, Exported]:
    told.step("nbmlops run quickstart.ipynb")
    history = run_notebook(notebook, store=store)
    spent = sum(e.elapsed for e in history.executions)
    told.came(f"{len(history.executions)} cells in {spent:.0f} s; the last one registered 'income'")
    told.step("nbmlops export model pipelines/income")
    exported = export_name("model", notebook.parent / "pipelines" / "income", history=history.id, store=store)
    told.came(f"steps: {', '.join(exported.steps)}; verdict: {exported.verdict}")
    return history, exported


def _release_model(place: Path, store: Path, told: _Told) -> None:
    version = list_models(store)[0]
    number = version.version
    told.step(f"nbmlops approve income {number} --note demo")
    approve_model("income", number, "demo", store)
    told.step(f"nbmlops promote income {number} champion")
    promote_model("income", number, "champion", store=store)
    told.step("nbmlops package income@champion dist/income")
    record = package_model("income@champion", place / "dist" / "income", store=store)
    told.came(f"'{record.module}' with {len(record.files)} files, verified on every row that was read")


def _serve_champion(data: Path, store: Path, history: History, told: _Told) -> tuple[str, Question]:
    """Serve the champion, ask it what the notebook knows, and send it rows of which half drift."""
    host, port = "127.0.0.1", choose_port()
    told.step(f"nbmlops serve income@champion --port {port}")
    with use_store(store) as opened:
        question = find_question(opened, history, data)
        version = find_version(opened, "income@champion")
        with start_service(opened, version, host, port) as server:
            told.step(f"curl -d '{{\"age\": {question.row['age']}, ...}}' {server.url}/predict_proba")
            served = _ask_once(server.url, question, told.came)
            rows, dropped = list_questions(data, _ROWS)
            refusal = ask_service(server.url, "predict", dropped)
            told.came(f"a row without a country: {refusal.status}, {refusal.content['detail'][0]['problem']}")
            answered = send_rows(server.url, rows)
            told.came(f"{answered} more rows answered and logged; half of them are of older people")
    return served, question


def _ask_once(url: str, question: Question, came: Callable[[str], None]) -> str:
    reply = ask_service(url, "predict_proba", question.row)
    if reply.status != 200:
        raise PackageError(
            f"The service refused a row that the notebook answered: {reply.content}.",
            "Package the model again: `nbmlops package income@champion dist/income`.",
        )
    answer = str(reply.content["predictions"][0])
    share = max(reply.content["probabilities"][0].values())
    came(f"the service: {answer} ({share!r}); the notebook: {question.answer} ({question.probability!r})")
    if (answer, share) != (question.answer, question.probability):
        raise PackageError(
            f"The service answered {answer} ({share!r}) and the notebook "
            f"{question.answer} ({question.probability!r}).",
            "Package the model again: `nbmlops package income@champion dist/income`.",
        )
    return f"{answer} with probability {share!r}"


def _watch_champion(place: Path, store: Path, told: _Told) -> tuple[DriftReport, Retrained]:
    told.step("nbmlops monitor income")
    report = monitor_model("income", store=store)
    told.came(f"{report.rows} predictions; drifting: {', '.join(report.drifting) or 'no column'}")
    new = place / "new.csv.gz"
    make_data(place / "adult.csv.gz", new, _KNOWN, _CHANGED)
    told.step(
        "nbmlops retrain income --input adult=new.csv.gz --auto-approve",
        f"new.csv.gz: {_KNOWN:,} rows that are known, {_CHANGED:,} made up for this demo",
    )
    retrained = retrain_model("income", {"adult": new}, auto_approve=True, store=store)
    found = retrained.comparison
    told.came(
        f"{found.metric} on {found.rows} rows that neither has seen: {found.champion:.4f} -> "
        f"{found.candidate:.4f}, gain {found.lower:+.4f} to {found.upper:+.4f}: {retrained.decision}"
    )
    return report, retrained
