"""Verbs: the CPU time of listing and opening, as commands on a store of 100,000 runs, beside Python alone."""

from __future__ import annotations

import dataclasses
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from nbmlops.core.history import Environment, History
from nbmlops.store.opening import open_store
from nbmlops.tracking.merging import EDITION
from tests.benchmarks.figures import Figure
from tests.benchmarks.snapshots import make_run
from tests.benchmarks.storing import make_execution

__all__ = ["measure_verbs"]

_HISTORIES, _RUNS, _ROUNDS = 100, 1_000, 11
_LIBRARY = "import typing, dataclasses, argparse, pathlib, json, sqlite3, re, signal, threading, datetime"
_VERBS = (
    "runs --limit 20",
    "runs --where loss<0.5 --sort accuracy --limit 50",
    "history",
    "models",
)


def measure_verbs(folder: Path) -> Iterator[Figure]:
    """Yield what the query verbs take beyond the start of Python, on 100,000 runs with 1,000,000 metrics."""
    store = folder / "verbs" / "store.db"
    _fill_store(store)
    # Where no bytecode may be written each command would compile its code anew.
    environment = {**os.environ, "NBMLOPS_STORE": str(store)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    commands = [["-c", "pass"], ["-c", _LIBRARY], *(["-m", "nbmlops", *verb.split()] for verb in _VERBS)]
    for command in commands:
        _run_command(command, environment)
    rounds = [[_run_command(command, environment) for command in commands] for _ in range(_ROUNDS)]
    plain, library, *verbs = (statistics.median(times) for times in zip(*rounds, strict=True))
    for verb, seconds in zip(_VERBS, verbs, strict=True):
        more = seconds - plain
        yield Figure(
            f"nbmlops {verb}, of 100,000",
            f"+{more * 1e3:.0f} ms (ms beside: Python {plain * 1e3:.0f}, "
            f"its library alone +{(library - plain) * 1e3:.0f})",
            "<= 50 ms CPU beyond Python",
            more <= 0.05,
        )


def _fill_store(path: Path) -> None:
    with open_store(path, store_cap=2**40) as store:
        for at in range(_HISTORIES):
            key = f"20260101-{at:06d}-aaaaaa"
            store.histories.begin(
                History(key, f"n{at}.ipynb", "/", "2026-01-01", Environment("3.11", "linux"))
            )
            for number in range(1, 41):
                store.histories.add_execution(key, make_execution(number))
            store.histories.finish(key, "2026-01-02")
            numbers = range(at * _RUNS, (at + 1) * _RUNS)
            runs = (dataclasses.replace(make_run(number), history=key) for number in numbers)
            store.runs.keep(key, runs, 40, True, EDITION)


def _run_command(words: list[str], environment: dict[str, str]) -> float:
    """Return the CPU seconds of a Python of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
