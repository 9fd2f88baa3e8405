"""Rescuing: somebody's notebook is run again, what reproduces is told, and its best model exported."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection
from itertools import zip_longest
from pathlib import Path

from nbmlops.capture.notebooks import read_notebook
from nbmlops.capture.outputs import list_outputs
from nbmlops.capture.running import run_cells
from nbmlops.core.history import History
from nbmlops.core.pipeline import Exported, ExportSettings
from nbmlops.core.progress import Progress, silent
from nbmlops.core.run import MetricValue
from nbmlops.core.standing import NameStanding, OutputChange, Rescue, Standing
from nbmlops.errors import CaptureError
from nbmlops.lifecycle.exporting import export_object
from nbmlops.lifecycle.rebuilding import survey_names
from nbmlops.monitor.scoring import METRICS
from nbmlops.store.opening import Store
from nbmlops.tracking.finding import find_run_behind

__all__ = ["rescue_notebook"]

_LOW = ("_error", "_loss", "_deviance")


def rescue_notebook(
    store: Store,
    notebook: Path,
    directory: Path | None,
    allow: Collection[str] = (),
    progress: Progress = silent,
) -> Rescue:
    """Run a notebook as it stands, make all that it left again, and export the best of its models.

    The notebook's file is not changed. Without a directory the export goes to ``pipelines/NAME``.

    Raises
    ------
    CaptureError
        If the file is no notebook, or its kernel cannot be started or dies.
    ExportError
        If the directory is somebody's.
    """
    before = list_outputs(read_notebook(notebook))
    with tempfile.TemporaryDirectory(prefix="nbmlops-rescue-") as folder:
        output = Path(folder) / "executed.ipynb"
        run_cells(notebook, store.path, {}, True, output, progress)
        now = list_outputs(read_notebook(output))
    found = store.histories.latest(None, notebook.absolute())
    if found is None:
        raise CaptureError(f"Nothing of '{notebook}' was recorded.", "Run `nbmlops doctor` to see why.")
    history = store.histories.load(found)
    standing = survey_names(store, history, allow, progress)
    best, because = _choose_best(store, history, standing)
    exported = _export(store, history, best, directory, progress) if best else None
    return Rescue(
        notebook=str(notebook),
        standing=standing,
        failed=tuple(_list_failed(history)),
        outputs=len(before),
        changes=tuple(_compare_outputs(before, now)),
        best=because,
        exported=exported,
    )


def _export(
    store: Store, history: History, name: str, directory: Path | None, progress: Progress
) -> Exported:
    place = directory or Path("pipelines") / name
    return export_object(store, history, name, place, ExportSettings(), progress)


def _list_failed(history: History) -> list[str]:
    said = []
    for execution in history.executions:
        errors = [s.error for s in execution.statements if s.outcome == "raised" and s.error]
        if execution.status == "error":
            said.append(f"cell [{execution.number}] raises {errors[0] if errors else 'before it runs'}")
    return said


def _compare_outputs(
    before: dict[int, tuple[str, str]], now: dict[int, tuple[str, str]]
) -> list[OutputChange]:
    """Return the cells that show something else, each with the first line that differs."""
    changes = []
    for number, (source, shown) in before.items():
        again = now.get(number, (source, ""))[1]
        if again != shown:
            lines = zip_longest(shown.splitlines(), again.splitlines(), fillvalue="")
            one, other = next(((a, b) for a, b in lines if a != b), (shown, again))
            changes.append(OutputChange(number, source, one, other))
    return changes


def _choose_best(store: Store, history: History, standing: Standing) -> tuple[str | None, str]:
    """Return the best of the models that stand, by the metric that most of them were scored with."""
    saved = {value.name: value for value in store.histories.saved_values(history.id)}
    models = [n for n in standing.names if n.name in saved and saved[n.name].fit == "fitted"]
    standing_models = [n for n in models if n.stands]
    if not standing_models:
        why = "none of its models can be made again" if models else "it leaves no fitted model"
        return None, f"Nothing was exported: {why}."
    scores = {n.name: _find_scores(history, n) for n in standing_models}
    counts = Counter(metric.function for found in scores.values() for metric in found.values())
    if not counts:
        name = standing_models[-1].name
        return name, f"'{name}' is exported: of the models that stand it was made last; none was scored."
    function = counts.most_common(1)[0][0]
    scored = {name: found[function].value for name, found in scores.items() if function in found}
    lower = function in METRICS and not METRICS[function].higher_is_better
    lower = lower or (function not in METRICS and function.endswith(_LOW))
    name = (min if lower else max)(scored, key=scored.__getitem__)
    among = f"the best of {len(scored)}" if len(scored) > 1 else "the one that was scored"
    return name, f"'{name}' is exported: {among} by {function}, {scored[name]:.6g}."


def _find_scores(history: History, model: NameStanding) -> dict[str, MetricValue]:
    """Return the metrics of what a name holds at the end, by scoring function."""
    last = find_run_behind(history, model.name)
    return {metric.function: metric for metric in last.metrics if metric.is_score} if last else {}
