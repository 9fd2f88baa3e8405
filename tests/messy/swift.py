"""Swift runs: a session recorded, and its exports run, in processes forked from one that has imported all."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbmlops.api.capturing import capture_status, start_capture, stop_capture
from nbmlops.api.exporting import export_name
from nbmlops.errors import NbmlopsError
from nbmlops.store.opening import open_store
from nbmlops.values.structure import Undescribable, structural_digest
from tests.messy.independent import choose_names, describe_value
from tests.messy.judging import Finding, Outcome, judge_name
from tests.messy.session import Event, Session

__all__ = ["fork_work", "import_ahead", "remake_value", "run_swiftly"]

_SECONDS = 90
_AHEAD = (
    "IPython.core.interactiveshell", "numpy.random", "pandas", "scipy.stats", "scipy.sparse.linalg",
    "sklearn.ensemble", "sklearn.linear_model", "sklearn.model_selection", "sklearn.pipeline",
    "sklearn.datasets", "sklearn.metrics", "sklearn.svm", "sklearn.cluster", "sklearn.decomposition",
    "matplotlib.pyplot", "joblib",
)  # fmt: skip


def import_ahead() -> None:
    """Import what notebooks import, once for all of them."""
    os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"})
    for name in _AHEAD:
        importlib.import_module(name)
    # Nothing is installed meanwhile, and to list all that is takes longer than most sessions.
    known = importlib.metadata.packages_distributions()
    importlib.metadata.packages_distributions = lambda: known


def run_swiftly(
    session: Session, most: int = 5, names: Sequence[str] | None = None, keep: Path | None = None
) -> Outcome:
    """Record the session in a forked process, export, and run each export in another."""
    folder = Path(tempfile.mkdtemp(prefix="messy-"))
    try:
        for path in session.notebook.files:
            shutil.copy(path, folder)
        told = fork_work(lambda: _record(session, folder, most, names), folder / "told.json")
        if "error" in told:
            return Outcome((Finding("", "harm", told["error"]),))
        findings = [Finding("", "harm", text) for text in told["problems"]]
        findings += [Finding(n, "refused", text) for n, text in told["refused"].items()]
        findings += [Finding(n, "failed", text) for n, text in told["broken"].items()]
        for name, live in told["live"].items():
            place = folder / "exports" / name
            made = fork_work(lambda place=place: remake_value(place), folder / f"made-{name}.json")
            findings.append(judge_name(name, told["expected"].get(name), live, made))
        return Outcome(tuple(findings), tuple(told["statuses"]), told["kept"], told["total"])
    finally:
        if keep is not None:
            shutil.copytree(folder, keep, dirs_exist_ok=True, symlinks=True)
        shutil.rmtree(folder, ignore_errors=True)


def fork_work(work: Callable[[], dict[str, Any]], answer: Path) -> dict[str, Any]:
    """Do some work in a forked process, silenced, and return what it answers."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(10 * _SECONDS)
            resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
            with open(os.devnull, "r+b") as null:
                for number in (0, 1, 2):
                    os.dup2(null.fileno(), number)
            try:
                told = work()
            except BaseException as problem:  # noqa: BLE001 - whatever it is, it is told
                told = {"error": f"{type(problem).__name__}: {problem}\n{traceback.format_exc()[-1500:]}"}
            answer.write_text(json.dumps(told))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if not answer.is_file():
        return {"error": f"the process ended with {status}"}
    return dict(json.loads(answer.read_text()))


def _record(session: Session, folder: Path, most: int, names: Sequence[str] | None) -> dict[str, Any]:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    os.chdir(folder)
    _stop_instead()
    _forget_modules("tests")  # they are no modules of the person whose cells run
    random.seed(session.seed)
    importlib.import_module("numpy").random.seed(session.seed % 2**32)
    path = folder / ".nbmlops" / "store.db"
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.InteractiveTB.set_mode(mode="Minimal")
    start_capture(shell, path)
    statuses = [_run_event(shell, event) for event in session.events]
    problems = list(capture_status().missed) + [t for t in capture_status().unsure if "Error" in t]
    stop_capture(shell)
    space = shell.user_ns
    chosen = [n for n in names or choose_names(space, session.seed, most) if n in space]
    told: dict[str, Any] = {"statuses": statuses, "problems": problems, "live": {}, "expected": {}}
    told |= {"refused": {}, "broken": {}, "kept": 0, "total": 0}
    for name in chosen:
        try:
            found = export_name(name, folder / "exports" / name, prove=False, store=path)
        except NbmlopsError as refusal:
            told["refused"][name] = str(refusal)
        except Exception:  # noqa: BLE001 - a crash of the export is a finding
            told["broken"][name] = traceback.format_exc()[-1500:]
        else:
            told["kept"] += found.statements_kept
            told["total"] += found.statements_total
            told["live"][name] = describe_value(space[name])
    with open_store(path, create=False) as store:
        history = store.histories.latest(None, None)
        for name in told["live"]:
            saved = store.histories.saved_value(history, name)
            told["expected"][name] = saved.digest if saved else None
    return told


def _run_event(shell: Any, event: Event) -> str:
    result = shell.run_cell(event.source, store_history=True, cell_id=event.cell)
    error = result.error_in_exec or result.error_before_exec
    return type(error).__name__ if error is not None else "ok"


def _stop_instead() -> None:
    """Let a long sleep be the moment at which somebody presses stop."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
    plain = time.sleep

    def sleep(seconds: float) -> None:
        if seconds >= 60:
            signal.raise_signal(signal.SIGINT)
        plain(seconds)

    time.sleep = sleep


def _forget_modules(*roots: str) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] in roots]:
        del sys.modules[name]


def remake_value(place: Path, changed: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Run an export where nbmlops cannot be imported, with parameters `changed`; describe what it makes."""
    os.chdir(tempfile.mkdtemp(prefix="elsewhere-", dir=place.parent))
    _stop_instead()
    _forget_modules("nbmlops", "tests")
    sys.modules["nbmlops"] = None  # type: ignore[assignment]
    sys.path.insert(0, str(place))
    pipeline = importlib.import_module("pipeline")
    value = pipeline.run(pipeline.Parameters(**(changed or {})))
    told: dict[str, Any] = describe_value(value)
    told["structure"] = None
    with contextlib.suppress(Undescribable):
        told["structure"] = structural_digest(value)
    return told
