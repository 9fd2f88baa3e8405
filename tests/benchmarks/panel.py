"""The panel over a store of 10,000 runs: opening it, and answering a sort and a filter."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nbmlops.core.history import Environment, History
from nbmlops.faces.panel.opening import SCREENS
from nbmlops.faces.panel.view import View
from nbmlops.store.opening import open_store
from nbmlops.tracking.merging import EDITION
from tests.benchmarks.figures import Figure
from tests.benchmarks.snapshots import make_run

__all__ = ["measure_panel"]

_RUNS = 10_000


def measure_panel(folder: Path) -> Iterator[Figure]:
    """Yield the CPU time of opening the panel, and of a sort and a filter, each with what is sent."""
    path = folder / "panel" / "store.db"
    with open_store(path, store_cap=2**40) as store:
        store.histories.begin(History("many", None, "/", "2026-01-01", Environment("3.11", "linux")))
        store.runs.keep("many", (make_run(at) for at in range(_RUNS)), 0, True, EDITION)
    opened = _median(lambda: View(SCREENS, store=path, fixed=True).show())
    view = View(SCREENS, store=path, fixed=True)
    size = len(json.dumps(view.show())) / 1e3
    yield _compare("the panel opens on 10,000 runs", opened, 0.5, f"{size:.0f} kB are sent")
    yield _compare(
        "a sort of 10,000 runs by a metric", _median(lambda: _act(view, "sort", by="metrics.m1")), 0.2
    )
    filtered = _median(lambda: _act(view, "filter", where="loss < 0.5 and accuracy > 0.5"))
    yield _compare("a filter over 10,000 runs by two metrics", filtered, 0.2)


def _act(view: View, act: str, **value: str) -> None:
    view.dispatch(act, value)
    view.show()


def _median(call: Callable[[], object], times: int = 7) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _compare(what: str, seconds: float, most: float, beside: str = "") -> Figure:
    measured = f"{seconds * 1e3:.0f} ms" + (f" ({beside})" if beside else "")
    return Figure(what, measured, f"<= {most * 1e3:g} ms CPU", seconds <= most)
