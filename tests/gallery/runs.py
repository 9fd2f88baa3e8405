"""Runs: fifty of scikit-learn's examples, and the runs found in each beside those that a reader expects."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from nbmlops.api.experiments import list_runs
from nbmlops.core.run import Run
from tests.cases.notebook_kernel import open_kernel
from tests.gallery.examples import unpack_examples
from tests.gallery.runs_judged import Expected, read_judged, write_page
from tests.gallery.script_notebook import cut_script, write_notebook

__all__ = ["find_rows", "main"]

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS, _MOST = 180.0, 10_000


def main() -> int:
    """Record the examples, and write the page or what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery.runs", description=__doc__)
    parser.add_argument("--sdist", type=Path, required=True, help="scikit-learn's source distribution")
    parser.add_argument("--cache", type=Path, default=_ROOT / "build" / "gallery")
    parser.add_argument("--page", type=Path, help="the page that is written anew")
    parser.add_argument("--only", nargs="*", help="parts of the names of examples whose runs are printed")
    asked = parser.parse_args()
    examples = unpack_examples(asked.sdist, asked.cache)
    judged = read_judged()
    found: dict[str, tuple[Expected, ...]] = {}
    for script in judged:
        if asked.only and not any(part in script for part in asked.only):
            continue
        with tempfile.TemporaryDirectory(prefix="nbmlops-runs-") as folder:
            found[script] = find_rows(script, (examples / script).read_text("utf-8"), Path(folder))
        lines = [json.dumps(row.spell()) for row in found[script]]
        print("\n  ".join([script, *lines]), flush=True)
    if asked.page:
        asked.page.write_text(write_page(judged, found), "utf-8")
    return 0


def find_rows(script: str, text: str, folder: Path) -> tuple[Expected, ...]:
    """Run a script as a notebook in an empty folder; return its runs, alike ones counted."""
    notebook = folder / f"{Path(script).stem}.ipynb"
    cells = cut_script(text)
    write_notebook(cells, notebook)
    os.environ.setdefault("MPLBACKEND", "agg")
    with open_kernel(folder, {"NBMLOPS_NOTEBOOK": str(notebook)}) as kernel:
        assert kernel.run("%load_ext nbmlops").status == "ok"
        for cell in (c for c in cells if c.kind == "code"):
            answer = kernel.run(cell.source, cell.id, seconds=_SECONDS)
            if answer.status != "ok":
                print(script, answer.error, file=sys.stderr)
                break
        kernel.run("%unload_ext nbmlops")
    runs = list_runs(limit=_MOST, store=folder / ".nbmlops" / "store.db")
    return tuple(_count_alike(reversed(runs)))


def _count_alike(runs: Iterable[Run]) -> Sequence[Expected]:
    counted: Counter[Expected] = Counter()
    for run in runs:
        metrics = tuple(sorted(m.name for m in run.metrics))
        status = "" if run.status == "finished" else run.status
        row = Expected(run.model_type, metrics, tuple(sorted(n for n, _ in run.parameters)), 1, status)
        counted[row] += run.occurrences
    return [row.times(count) for row, count in counted.items()]


if __name__ == "__main__":
    sys.exit(main())
