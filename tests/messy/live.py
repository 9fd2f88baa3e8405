"""Live runs: a session in a real kernel, its exports proven, and their values compared once more."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbmlops.api.exporting import export_name
from nbmlops.core.pipeline import Exported
from nbmlops.errors import NbmlopsError
from tests.cases.notebook_kernel import PROBLEMS, NotebookKernel, open_kernel
from tests.messy.judging import Finding, Outcome, judge_name
from tests.messy.session import Event, Session

__all__ = ["run_live"]

_INDEPENDENT = Path(__file__).with_name("independent.py")
_SECONDS = 60
_CHOOSE = """
answer = (lambda i: {n: i['describe_value'](globals()[n]) for n in %r or i['choose_names'](globals(), %d, %d)
          if n in globals()})(__import__('runpy').run_path(%r))
"""
_REMAKE = """
import importlib, json, os, runpy, sys, tempfile
sys.modules["nbmlops"] = None
describe = runpy.run_path(sys.argv[1])["describe_value"]
told = {}
for place in sys.argv[2:]:
    os.chdir(tempfile.mkdtemp())
    child = os.fork()
    if child == 0:
        sys.path.insert(0, place)
        try:
            pipeline = importlib.import_module("pipeline")
            made = describe(pipeline.run(pipeline.Parameters()))
        except BaseException as problem:
            made = {"error": f"{type(problem).__name__}: {problem}"}
        with open("made.json", "w") as file:
            json.dump(made, file)
        os._exit(0)
    os.waitpid(child, 0)
    told[place] = json.load(open("made.json"))
print("\\n" + json.dumps(told))
"""


def run_live(session: Session, most: int = 4, names: Sequence[str] | None = None) -> Outcome:
    """Run the session in a kernel, end the recording, export and prove; compare where nbmlops is not."""
    folder = Path(tempfile.mkdtemp(prefix="messy-"))
    try:
        for path in session.notebook.files:
            shutil.copy(path, folder)
        with open_kernel(folder) as kernel:
            kernel.run("%load_ext nbmlops")
            statuses = tuple(_run_event(kernel, event) for event in session.events)
            missed, unsure = kernel.ask(PROBLEMS)
            kernel.run("%unload_ext nbmlops")
            live = kernel.ask(_CHOOSE % (list(names or ()), session.seed, most, str(_INDEPENDENT)))
        harmed = [*missed, *(text for text in unsure if "Error" in text)]
        findings = [Finding("", "harm", text) for text in harmed]
        return _export_names(folder, live, statuses, findings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_event(kernel: NotebookKernel, event: Event) -> str:
    # A function that was defined in a cell to be stopped waits when a later cell calls it.
    answer = kernel.run(event.source, event.cell, seconds=_SECONDS, stop_at="waiting")
    return answer.error.partition(":")[0] or "ok"


def _export_names(
    folder: Path, live: dict[str, Any], statuses: tuple[str, ...], findings: list[Finding]
) -> Outcome:
    store = folder / ".nbmlops" / "store.db"
    exports: dict[str, Exported] = {}
    for name in live:
        try:
            exports[name] = export_name(name, folder / "exports" / name, store=store)
        except NbmlopsError as refusal:
            findings.append(Finding(name, "refused", str(refusal)))
    made = _remake([Path(e.path) for e in exports.values()], folder)
    for name, export in exports.items():
        findings.append(_judge(name, export, live[name], made[export.path]))
    return Outcome(
        tuple(findings),
        statuses,
        sum(e.statements_kept for e in exports.values()),
        sum(e.statements_total for e in exports.values()),
    )


def _judge(name: str, export: Exported, live: dict[str, Any], made: dict[str, Any]) -> Finding:
    proof = export.proof
    if proof is None or proof.verdict is None or (proof.verdict == "failed" and _is_silent(proof.cause)):
        return Finding(name, "undescribed", str(proof.cause if proof else ""))
    if proof.verdict != "identical":
        what = "failed" if proof.verdict == "failed" else "different"
        return Finding(name, what, f"{proof.verdict}: {proof.cause}")
    return judge_name(name, proof.expected, live, {**made, "structure": proof.obtained})


def _is_silent(cause: str | None) -> bool:
    """Whether a proof says no more than that a value has no description."""
    return "cannot be described" in (cause or "")


def _remake(places: list[Path], folder: Path) -> dict[str, Any]:
    """Run every export in a process of its own, forked from one that knows nothing of nbmlops."""
    if not places:
        return {}
    done = subprocess.run(
        [sys.executable, "-c", _REMAKE, str(_INDEPENDENT), *map(str, places)],
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("NBMLOPS")}, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.rstrip("\n").rpartition("\n")[2]))
