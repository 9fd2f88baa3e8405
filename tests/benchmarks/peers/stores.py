"""Stores: what a run and snapshots of a frame cost in MLflow, joblib, parquet and nbmlops, in one table.

Run by `make bench-stores`, which makes the environment of the peers; the arguments are pairs `TOOLS=PYTHON`.
Each side is this file again, with `measure` and its tools: it prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOOLS = {"peers": ("mlflow", "joblib", "parquet"), "nbmlops": ("nbmlops",)}
ROWS, COLUMNS = 400_000, 12


def make_frames():
    """Return the frame, and as it is after each of the changes that people make."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{at}": rng.normal(size=ROWS) for at in range(COLUMNS)})
    cell = frame.copy()
    cell.iloc[-1234, 5] = 0.0
    return {
        "first": frame,
        "unchanged": frame,
        "one column of 12 changed": frame.assign(x3=rng.normal(size=ROWS)),
        "1% of the rows appended": pd.concat(
            [frame, frame.sample(ROWS // 100, random_state=0)], ignore_index=True
        ),
        "one cell changed": cell,
    }


def time_action(action, rounds=1):
    """Return the median CPU milliseconds of an action, that of its child processes included."""
    times = []
    for at in range(rounds):
        began = time.process_time()
        action(at)
        times.append((time.process_time() - began) * 1e3)
    return sorted(times)[len(times) // 2]


def count_bytes(folder):
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _measure_frames(folder, keep):
    told = {}
    for at, (what, frame) in enumerate(make_frames().items()):
        before = count_bytes(folder)
        taken = time_action(lambda _, frame=frame, at=at: keep(frame, at))
        told[f"snapshot of a 38 MB frame: {what}"] = (
            f"{taken:.0f} ms, {(count_bytes(folder) - before) / 1e6:.1f} MB"
        )
    return told


def measure_mlflow(folder):
    """Measure MLflow with SQLite behind it: runs, metric points, a frame as Parquet artifact, its digest."""
    import mlflow
    import mlflow.data

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment("bench")

    def log_run(at):
        with mlflow.start_run():
            mlflow.log_params({f"p{k}": k + at for k in range(10)})
            mlflow.log_metrics({f"m{k}": k / 3 for k in range(5)})

    def log_points(at):
        from mlflow.entities import Metric

        client = mlflow.MlflowClient()
        with mlflow.start_run() as run:
            points = [Metric("loss", k / 7, 1000 + k, k) for k in range(10_000)]
            for first in range(0, 10_000, 1000):
                client.log_batch(run.info.run_id, metrics=points[first : first + 1000])

    log_run(0)
    told = {
        "one run, 10 parameters and 5 metrics": f"{time_action(log_run, 15):.2f} ms",
        "10,000 metric points": f"{time_action(log_points, 3):.0f} ms",
    }
    files = folder / "artifacts"
    files.mkdir()

    def keep(frame, at):
        mlflow.set_experiment(mlflow.create_experiment(f"frames {at}", str(files)) and f"frames {at}")
        with mlflow.start_run():
            frame.to_parquet(folder / "frame.parquet")
            mlflow.log_artifact(str(folder / "frame.parquet"))

    told |= _measure_frames(files, keep)
    frames = make_frames()
    digests = [mlflow.data.from_pandas(frames[what]).digest for what in ("first", "one cell changed")]
    told["one changed cell is seen"] = "no" if digests[0] == digests[1] else "yes"
    return told


def measure_joblib(folder):
    """Measure joblib: one file for each snapshot."""
    import joblib

    made = folder / "joblib"
    made.mkdir()
    told = _measure_frames(made, lambda frame, at: joblib.dump(frame, made / f"{at}.joblib"))
    frames = make_frames()
    same = joblib.hash(frames["first"]) == joblib.hash(frames["one cell changed"])
    return {**told, "one changed cell is seen": "no" if same else "yes"}


def measure_parquet(folder):
    """Measure parquet with zstd, its content-defined chunks on: one file for each snapshot."""
    made = folder / "parquet"
    made.mkdir()

    def keep(frame, at):
        frame.to_parquet(made / f"{at}.parquet", compression="zstd", use_content_defined_chunking=True)

    return _measure_frames(made, keep)


def measure_nbmlops(folder):
    """Measure the store."""
    from nbmlops.core.history import Environment, History
    from nbmlops.store.opening import open_store
    from nbmlops.values.codec import save_pieces
    from tests.benchmarks.snapshots import make_run

    made = folder / "store"
    with open_store(made / "store.db", store_cap=2**40) as store:
        store.histories.begin(History("one", None, "/", "2026-01-01", Environment("3.11", "linux")))

        def log_run(at):
            with store.transaction(durable=True):
                store.runs.keep("one", [make_run(at, 5)], 1, False, 1)

        def log_points(at):
            store.runs.keep("one", [make_run(1000 * at + k, 100) for k in range(100)], 1, False, 1)

        def keep(frame, at):
            store.contents.put(save_pieces(frame)[1])
            store.database.connection().execute("pragma wal_checkpoint(truncate)")

        log_run(0)
        told = {
            "one run, 10 parameters and 5 metrics": f"{time_action(log_run, 15):.2f} ms",
            "10,000 metric points": f"{time_action(log_points, 3):.0f} ms",
        }
        return {**told, **_measure_frames(made, keep), "one changed cell is seen": "yes"}


MEASURES = {
    "mlflow": measure_mlflow,
    "joblib": measure_joblib,
    "parquet": measure_parquet,
    "nbmlops": measure_nbmlops,
}


def _ask_side(tools, python):
    command = [python, __file__, "measure", *TOOLS[tools]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def main():
    """Measure each side in turn, and print one table; or, with `measure`, be a side."""
    if sys.argv[1] == "measure":
        sys.path.insert(0, str(Path.cwd()))
        with tempfile.TemporaryDirectory(prefix="nbmlops-stores-") as name:
            told = {}
            for tool in sys.argv[2:]:
                (Path(name) / tool).mkdir()
                told[tool] = MEASURES[tool](Path(name) / tool)
        print(json.dumps(told))
        return
    table = {}
    for tools, _, python in (argument.partition("=") for argument in sys.argv[1:]):
        table |= _ask_side(tools, python)
    rows = list(dict.fromkeys(what for told in table.values() for what in told))
    print(f"| CPU time, new bytes | {' | '.join(table)} |")
    print("|---" * (len(table) + 1) + "|")
    for what in rows:
        print(f"| {what} | {' | '.join(told.get(what, '') for told in table.values())} |")


if __name__ == "__main__":
    main()
