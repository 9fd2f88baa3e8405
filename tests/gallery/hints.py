"""Gallery hints: run scikit-learn's examples with hints on, and write down each hint with its evidence."""

from __future__ import annotations

import argparse
import fnmatch
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbmlops.api.hinting import list_hints
from nbmlops.core.encoding import encode
from tests.cases.notebook_kernel import NotebookKernel
from tests.gallery.examples import unpack_examples
from tests.gallery.hints_table import write_hints
from tests.gallery.script_notebook import cut_script, list_scripts, write_notebook

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[2]
_SCORES = ("score", "_error(", "_loss(", "_report(", "cross_val", "fit_transform", "train_test_split")
_FAILED = "from nbmlops.capture.following import current_following\nf = current_following().recorder.observer"
_AS_BEFORE = """
import sklearn
sklearn.set_config(enable_metadata_routing=False, transform_output="default", array_api_dispatch=False)
"""
"""What an example may have set for all that follows in its process."""


def main() -> None:
    """Run the examples that have no result yet, and write the table."""
    asked = _read_arguments()
    examples = unpack_examples(asked.sdist, asked.cache) if asked.examples is None else asked.examples
    results = asked.cache / "hints.jsonl"
    known = _read_results(results)
    desk, start = _Desk(), time.monotonic()
    texts = {script: (examples / script).read_text("utf-8") for script in list_scripts(examples)}
    chosen = [script for script, text in texts.items() if _is_chosen(script, text, asked, known)]
    for number, script in enumerate(chosen, 1):
        began = time.monotonic()
        found = known[script] = desk.run(script, texts[script], asked.limit)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(found) + "\n")
        said = "; ".join(hint["text"] for hint in found["hints"]) or "no hint"
        took = time.monotonic() - began
        print(f"{number}/{len(chosen)} {script} {took:.0f}s {found['status']}: {said}", flush=True)
        if time.monotonic() - start > asked.minutes * 60:
            break
    desk.close()
    shutil.rmtree(desk.folder, ignore_errors=True)
    write_hints(asked.table, known)


def _is_chosen(script: str, text: str, asked: argparse.Namespace, known: dict[str, Any]) -> bool:
    """Say whether a script has anything to be hinted at, and has no result that would come out the same."""
    if asked.only:
        return any(fnmatch.fnmatch(script, f"*{pattern}*") for pattern in asked.only)
    found = known.get(script)
    late = found is not None and found["status"].startswith("took") and found.get("limit", 0.0) < asked.limit
    return (found is None or late) and any(part in text for part in _SCORES)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery.hints", description=__doc__)
    parser.add_argument("--sdist", type=Path, help="scikit-learn's source distribution")
    parser.add_argument("--examples", type=Path, help="its examples, where they are unpacked already")
    parser.add_argument("--cache", type=Path, default=_ROOT / "build" / "gallery")
    parser.add_argument("--table", type=Path, default=_ROOT / "docs" / "hints.md")
    parser.add_argument("--only", nargs="*", help="patterns of scripts to run, again if need be")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for the cells of a script")
    parser.add_argument("--minutes", type=float, default=600.0, help="begin no script after this time")
    asked = parser.parse_args()
    asked.cache.mkdir(parents=True, exist_ok=True)
    return asked


def _read_results(path: Path) -> dict[str, Any]:
    lines = path.read_text("utf-8").splitlines() if path.exists() else ()
    return {found["script"]: found for found in map(json.loads, lines)}


class _Desk:
    """One kernel in which script after script is run as a notebook of its own; a late one ends it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nbmlops-hints-"))
        self._kernel: NotebookKernel | None = None

    def run(self, script: str, text: str, limit: float) -> dict[str, Any]:
        """Run a script with hints on; return what was said under its cells, and what is listed at the end."""
        kernel = self._kernel = self._kernel or self._start()
        cells = cut_script(text)
        notebook = self.folder / script.replace("/", "-").replace(".py", ".ipynb")
        write_notebook(cells, notebook)
        kernel.run(f"import os\nos.environ['NBMLOPS_NOTEBOOK'] = {str(notebook)!r}")
        kernel.run("%reset -f")
        kernel.run("get_ipython().history_manager.reset()")
        kernel.run("%load_ext nbmlops\n%nbmlops hints on")
        live: list[str] = []
        status = _run_cells(kernel, [cell for cell in cells if cell.kind == "code"], limit, live)
        found: dict[str, Any] = {"script": script, "status": status, "limit": limit, "live": live}
        if status.startswith("took"):
            self.close()
        else:
            found["failed"] = kernel.ask(f"{_FAILED}\nanswer = f.witness.failed\ndel f, current_following")
        listed = list_hints(store=self.folder / ".nbmlops" / "store.db")
        if self._kernel is not None:
            kernel.run("%unload_ext nbmlops")
            kernel.run("import matplotlib.pyplot as plt\nplt.close('all')")
            kernel.run(_AS_BEFORE)
        return {**found, "hints": encode(listed.hints), "notes": list(listed.notes)}

    def _start(self) -> NotebookKernel:
        variables = {"NBMLOPS_STORE": str(self.folder / ".nbmlops" / "store.db"), "MPLBACKEND": "Agg"}
        return NotebookKernel(self.folder, variables)

    def close(self) -> None:
        """End the kernel."""
        if self._kernel is not None:
            self._kernel.stop()
        self._kernel = None


def _run_cells(kernel: Any, cells: Sequence[Any], limit: float, live: list[str]) -> str:
    deadline = time.monotonic() + limit
    for cell in cells:
        answer = None
        with suppress(TimeoutError):
            answer = kernel.run(cell.source, cell.id, seconds=max(deadline - time.monotonic(), 0.1))
        if answer is None:
            return f"took more than {limit:g} seconds"
        shown = [c["data"]["text/plain"] for kind, c in answer.messages if kind == "display_data"]
        live += [text for text in shown if text.startswith("nbmlops: ")]
        if answer.status != "ok":
            return answer.error.partition("\n")[0][:120]
    return "ran"


if __name__ == "__main__":
    main()
