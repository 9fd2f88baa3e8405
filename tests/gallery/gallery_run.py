"""Gallery runs: a script is recorded in a real kernel, and what it made last exported and proven."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbmlops.api.exporting import export_name
from nbmlops.core.encoding import load
from nbmlops.core.history import History
from nbmlops.core.pipeline import Exported, Recipe
from nbmlops.errors import NbmlopsError
from nbmlops.store.opening import open_store
from tests.cases.notebook_kernel import NotebookKernel, open_kernel
from tests.gallery.gallery_result import ObjectResult, ScriptResult
from tests.gallery.script_notebook import NotebookCell, cut_script, write_notebook
from tests.gallery.walk import compare

__all__ = ["Elsewhere", "Limits", "open_elsewhere", "run_script"]

_HERE = Path(__file__).parent
_COST = """
from nbmlops.api.capturing import capture_status
answer = capture_status()
answer = [answer.elapsed, answer.overhead, answer.missed, answer.unsure]
del capture_status
"""
_ASK = f"""
__import__("sys").path.insert(0, {str(_HERE)!r})
answer = __import__({{module!r}}).{{call}}
__import__("sys").path.pop(0)
"""
_ABSENT = ("No module named", "Missing optional dependency", "is not installed", "requires ", "pip install")
_NETWORK = ("URLError", "HTTPError", "gaierror", "ConnectionError", "RemoteDisconnected", "timed out")


@dataclass(frozen=True)
class Limits:
    """Seconds for the cells of a script, and for the run of an export where nbmlops cannot be imported."""

    cells: float = 180.0
    elsewhere: float = 300.0


@dataclass(frozen=True)
class _Target:
    role: str
    name: str
    type: str
    digests: dict[str, str | None]


def run_script(
    script: str, text: str, folder: Path, elsewhere: Elsewhere, limits: Limits = Limits()
) -> ScriptResult:
    """Run a script as a notebook in an empty folder, and export and prove what it made last."""
    cells = cut_script(text)
    notebook = folder / f"{Path(script).stem}.ipynb"
    write_notebook(cells, notebook)
    store = folder / ".nbmlops" / "store.db"
    result = ScriptResult(script, "ran")
    targets: list[_Target] = []
    with open_kernel(folder, {"NBMLOPS_NOTEBOOK": str(notebook)}) as kernel:
        assert kernel.run("%load_ext nbmlops").status == "ok"
        why = _run_cells(kernel, cells, limits.cells)
        if why is None or not why.startswith("took"):
            elapsed, overhead, missed, unsure = kernel.ask(_COST)
            kernel.run("%unload_ext nbmlops")
            result = replace(result, elapsed=elapsed, overhead=overhead, unsure=(*missed, *unsure))
        if why is not None:
            return replace(result, status="stopped" if why.startswith("took") else "did not run", why=why)
        targets = _find_targets(kernel, store)
    objects: list[ObjectResult] = []
    for target in targets:
        try:
            objects.append(_export_target(target, folder, store, elsewhere, limits))
        except TimeoutError as problem:
            late = ObjectResult(target.role, target.name, target.type, "no time", str(problem))
            return replace(result, objects=(*objects, late))
    return replace(result, objects=tuple(objects))


def _run_cells(kernel: NotebookKernel, cells: tuple[NotebookCell, ...], seconds: float) -> str | None:
    """Run the code cells; return why that ended early, if it did."""
    deadline = time.monotonic() + seconds
    for cell in (c for c in cells if c.kind == "code"):
        left = deadline - time.monotonic()
        try:
            answer = kernel.run(cell.source, cell.id, seconds=max(left, 0.1))
        except TimeoutError:
            return f"took more than {seconds:g} seconds"
        if answer.status != "ok":
            return _explain_error(answer.error)
    return None


def _explain_error(error: str) -> str:
    if any(word in error for word in _NETWORK):
        return "needs network"
    line = error.partition("\n")[0][:160]
    if any(word in error for word in _ABSENT) and error.startswith(("ImportError", "ModuleNotFoundError")):
        return f"missing dependency: {line}"
    return line


def _find_targets(kernel: NotebookKernel, store: Path) -> list[_Target]:
    """Return the estimator that was fitted last and the frame or array that was bound last.

    Where there is neither, the last plain value stands for them.
    """
    with open_store(store, create=False) as opened:
        order = _order_names(opened.histories.load(str(opened.histories.latest())))
    roles: dict[str, str] = kernel.ask(_ASK.format(module="roles", call=f"find_roles(globals(), {order})"))
    chosen: dict[str, str] = {}
    for name in order:
        if name in roles:
            chosen[roles[name]] = name
    if chosen.keys() & {"estimator", "table"}:
        chosen.pop("value", None)
    found = []
    for role, name in sorted(chosen.items()):
        kind = kernel.ask(f"answer = type({name}).__name__")
        digests = kernel.ask(_ASK.format(module="walk", call=f"describe({name})"))
        found.append(_Target(role, name, kind, digests))
    return found


def _order_names(history: History) -> list[str]:
    """Return the names of a history by when they were last bound or changed."""
    last: dict[str, None] = {}
    for statement in history.statements():
        for effect in statement.effects:
            if effect.resource.kind == "name":
                last.pop(effect.resource.key, None)
                if effect.change != "deleted":
                    last[effect.resource.key] = None
    return list(last)


def _export_target(
    target: _Target, folder: Path, store: Path, elsewhere: Elsewhere, limits: Limits
) -> ObjectResult:
    result = ObjectResult(target.role, target.name, target.type, None)
    directory = folder / f"export-{target.role}"
    began = time.monotonic()
    try:
        exported = export_name(target.name, directory, store=store)
    except NbmlopsError as problem:
        return replace(result, verdict="no export", cause=str(problem))
    except TimeoutError:
        raise
    except Exception as problem:  # noqa: BLE001 - a crash of ours is a result too
        return replace(result, verdict="crash", cause=f"{type(problem).__name__}: {problem}"[:500])
    result = _describe_export(result, exported, directory, store)
    told = elsewhere.describe(directory, folder / f"elsewhere-{target.role}", limits.elsewhere)
    result = replace(result, seconds=round(time.monotonic() - began, 1))
    if "error" in told:
        return replace(result, other="raised", why=told["error"])
    other, route = compare(target.digests, told)
    why = " / ".join(str(d["why"]) for d in (target.digests, told) if d["why"]) or None
    return replace(result, other=other, route=route, why=why)


def _describe_export(result: ObjectResult, exported: Exported, directory: Path, store: Path) -> ObjectResult:
    with open_store(store, create=False) as opened:
        slice_ = load(Recipe, opened.contents.get(str(exported.recipe))).pipeline.slice
    proof = exported.proof
    assert proof is not None
    return replace(
        result,
        verdict=proof.verdict,
        cause=proof.cause,
        diverged=proof.diverged_at.source[:200] if proof.diverged_at else None,
        injected=len(proof.injected),
        kept=exported.statements_kept,
        total=exported.statements_total,
        certain=sum(e.kept and e.certain for e in slice_.explained),
    )


class Elsewhere:
    """Runs exports where nbmlops cannot be imported; the libraries are loaded once."""

    def __init__(self) -> None:
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("NBMLOPS")} | {"MPLBACKEND": "Agg"}
        command = [sys.executable, str(_HERE / "elsewhere.py")]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=kept, text=True, stdin=pipe, stdout=pipe, start_new_session=True)

    def describe(self, export: Path, folder: Path, seconds: float) -> dict[str, Any]:
        """Run an export in an empty folder, and describe its value by the other route."""
        folder.mkdir()
        answer = folder.with_suffix(".json")
        request = {
            "export": str(export),
            "folder": str(folder),
            "answer": str(answer),
            "seconds": int(seconds),
        }
        try:
            self._ask(json.dumps(request))
        except BaseException:  # an export that nobody waits for any more must not answer the next question
            os.killpg(self._process.pid, signal.SIGKILL)
            self.close()
            self._process = self._start()
            raise
        if not answer.exists():
            return {"error": f"ended by a signal, or not done within {seconds:g} seconds"}
        told: dict[str, Any] = json.loads(answer.read_text())
        return told

    def _ask(self, line: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def open_elsewhere() -> Iterator[Elsewhere]:
    """Start the process, and end it afterwards."""
    elsewhere = Elsewhere()
    try:
        yield elsewhere
    finally:
        elsewhere.close()
