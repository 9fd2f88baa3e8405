"""Snapshots and runs: what the store costs, beside sqlite3, memcpy, xxh3, zstd, pickle and joblib alone."""

from __future__ import annotations

import io
import itertools
import pickle
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import xxhash
import zstandard

from nbmlops.core.history import Environment, History
from nbmlops.core.run import MetricValue, Run, RunQuery
from nbmlops.store.opening import Store, open_store
from nbmlops.values.codec import save_pieces
from tests.benchmarks.figures import Figure, time_alternately

__all__ = ["make_run", "measure_runs", "measure_snapshots"]

_ROWS, _COLUMNS = 400_000, 12
_RUNS = 100_000


def measure_snapshots(folder: Path) -> Iterator[Figure]:
    """Yield the CPU time, and the new bytes, of snapshots of a frame of 38 MB."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{at}": rng.normal(size=_ROWS) for at in range(_COLUMNS)})
    size = frame.memory_usage(index=False).sum()
    with open_store(folder / "snapshots" / "store.db", store_cap=2**40) as store:
        others = [frame + number for number in rng.normal(size=5)]
        first = _median(lambda: _keep(store, others.pop()), 5)
        _keep(store, frame)
        again = _median(lambda: _keep(store, frame), 5)
        yield _compare("snapshot of a 38 MB frame, first", first, 0.15, _measure_floors(frame))
        yield _compare("the same frame unchanged", again, 0.02, "")
        for what, other, most in (
            ("one column of 12 changed", frame.assign(x3=rng.normal(size=_ROWS)), 1.05 / _COLUMNS),
            (
                "1% of the rows appended",
                pd.concat([frame, frame.sample(_ROWS // 100)], ignore_index=True),
                0.03,
            ),
            ("ten rows put in at the top", pd.concat([frame.sample(10), frame], ignore_index=True), 0.12),
            ("one cell changed", _change_cell(frame), 0.01),
        ):
            before = store.contents.used()
            seconds = _measure(lambda other=other: _keep(store, other))
            new = (store.contents.used() - before) / size
            yield Figure(
                what, f"{new:.2%} of the bytes, {seconds * 1e3:.0f} ms", f"<= {most:.1%}", new <= most
            )


def _keep(store: Store, frame: pd.DataFrame) -> None:
    store.contents.put(save_pieces(frame)[1])


def _change_cell(frame: pd.DataFrame) -> pd.DataFrame:
    other = frame.copy()
    other.iloc[1234, 5] = 0.0
    return other


def _measure_floors(frame: pd.DataFrame) -> str:
    """Return what single tools take for the same bytes."""
    block = np.ascontiguousarray(frame.to_numpy().T)
    octets = block.tobytes()
    zstd = zstandard.ZstdCompressor(level=1)
    floors = {
        "memcpy": block.copy,
        "xxh3": lambda: xxhash.xxh3_128_digest(octets),
        "zstd": lambda: zstd.compress(octets),
        "pickle": lambda: pickle.dumps(frame, 5),
        "joblib": lambda: joblib.dump(frame, io.BytesIO()),
    }
    times = time_alternately(list(floors.values()), 3)
    return ", ".join(f"{name} {taken * 1e3:.0f}" for name, taken in zip(floors, times, strict=True))


def measure_runs(folder: Path) -> Iterator[Figure]:
    """Yield the CPU time of keeping and of searching runs."""
    path = folder / "runs" / "store.db"
    numbers = itertools.count()
    with open_store(path, store_cap=2**40) as store:
        for key in ("one", "many"):
            store.histories.begin(History(key, None, "/", "2026-01-01", Environment("3.11", "linux")))
        raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
        raw.executescript("pragma journal_mode = wal; pragma synchronous = full; create table r (a, b, c)")
        made = iter([make_run(at, 5) for at in range(110)])
        kept, plain = time_alternately(
            [lambda: _keep_run(store, next(made)), lambda: _insert_raw(raw, next(numbers), 15)], 101
        )
        yield _compare(
            "one run, 10 parameters and 5 metrics, durable", kept, 5e-4, f"sqlite3 {plain * 1e3:.2f}"
        )
        points, plain = time_alternately(
            [lambda: _keep_points(store), lambda: _insert_raw(raw, next(numbers), 10_000)], 7
        )
        yield _compare("10,000 metric points", points, 0.06, f"sqlite3 {plain * 1e3:.0f}")
        raw.close()
        store.runs.keep("many", (make_run(at) for at in range(_RUNS)), 0, True, 1)
        query = RunQuery(("loss<0.5",), sort="accuracy", limit=50)
        top = _median(lambda: store.runs.search(query), 15)
        yield _compare("top 50 of 100,000 runs by a metric, with a filter", top, 5e-3, "")
        unread = _median(lambda: store.runs.list_unread(1), 15)
        newest = _median(lambda: store.runs.search(RunQuery(limit=100)), 15)
        yield _compare("the newest 100 of 100,000 runs", newest + unread, 0.05, "")
    opened = _median(lambda: open_store(path).close(), 7)
    yield _compare(
        "that store, 1,000,000 metrics, opened", opened, 0.1, f"{path.stat().st_size / 1e6:.0f} MB"
    )


def make_run(at: int, metrics: int = 10) -> Run:
    chance = random.Random(at)
    names = ["accuracy", "loss", *(f"m{k}" for k in range(metrics - 2))]
    values = tuple(MetricValue(name, chance.random(), "score", 3) for name in names)
    parameters = tuple((f"p{k}", chance.random()) for k in range(10))
    started = f"2026-01-01T{at:09d}"
    return Run(
        f"r{at}", "churn", "many", "model", "Tree", parameters, values, (), 1, "finished", started, (1, 2)
    )


def _keep_run(store: Store, run: Run) -> None:
    with store.transaction(durable=True):
        store.runs.keep("one", [run], 1, False, 1)


def _keep_points(store: Store) -> None:
    store.runs.keep("one", [make_run(at, 100) for at in range(100)], 1, False, 1)


def _insert_raw(raw: sqlite3.Connection, at: int, rows: int) -> None:
    raw.execute("begin immediate")
    raw.executemany("insert into r values (?, ?, ?)", [(at, f"name {k}", 0.5) for k in range(rows)])
    raw.execute("commit")


def _measure(action: Callable[[], object]) -> float:
    began = time.process_time()
    action()
    return time.process_time() - began


def _median(action: Callable[[], object], rounds: int) -> float:
    return sorted(_measure(action) for _ in range(rounds))[rounds // 2]


def _compare(what: str, seconds: float, most: float, beside: str) -> Figure:
    measured = f"{seconds * 1e3:.2f} ms" + (f" (ms beside: {beside})" if beside else "")
    return Figure(what, measured, f"<= {most * 1e3:g} ms CPU", seconds <= most)
