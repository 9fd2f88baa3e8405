"""Storing: what it costs to keep one execution."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from nbmlops.core.history import Environment, Execution, History, Statement
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.store.opening import open_store
from tests.benchmarks.figures import Figure, time_alternately

__all__ = ["make_execution", "measure_storing"]


def measure_storing(folder: Path) -> Iterator[Figure]:
    """Yield the CPU time of keeping an execution of five statements."""
    history = History("20260101-000000-aaaaaa", None, "/home/me", "2026-01-01", Environment("3.11", "linux"))
    numbers = itertools.count(1)
    with open_store(folder / "storing" / "store.db") as store:
        store.histories.begin(history)
        (seconds,) = time_alternately(
            [lambda: store.histories.add_execution(history.id, make_execution(next(numbers)))], 301
        )
    yield Figure(
        "an execution of five statements, kept", f"{seconds * 1e3:.2f} ms", "<= 0.5 ms CPU", seconds <= 5e-4
    )


def make_execution(number: int) -> Execution:
    reads = tuple(Read(Resource("name", name), "the statement mentions it") for name in ("data", "model"))
    effects = (
        Effect(Resource("name", "score"), "bound", "assigned", True, True, "f" * 32, "builtins.float", 0.5),
        Effect(Resource("name", "model"), "changed", "its fingerprint differs", fingerprint="e" * 32),
    )
    code = "score = model.fit(data, target).score(data, target)"
    statements = tuple(
        Statement(number, i, i + 1, code, code, reads=reads, effects=effects) for i in range(5)
    )
    return Execution(number, f"cell-{number}", code, "ok", "2026-01-01", 0.5, statements=statements)
