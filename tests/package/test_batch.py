"""A batch answers a file of any format as the service does, goes on where it stopped, and keeps rejects."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from .test_service import find_kept, rows  # noqa: F401

MANY = 2_500


@pytest.fixture(scope="module")
def raw(census) -> pd.DataFrame:
    """Raw rows with their label taken away."""
    return pd.read_csv(census.parameters["adult"], nrows=MANY).drop(columns="income")


def score(census, *arguments: str, code: int = 0, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "income_model", "score", *arguments],
        check=False,
        cwd=census.path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def read_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def answered(census, raw, tmp_path_factory) -> list[Any]:
    """The answers to the rows as CSV."""
    place = tmp_path_factory.mktemp("scored")
    raw.to_csv(place / "in.csv", index=False)
    said = score(census, str(place / "in.csv"), str(place / "out.jsonl"))
    assert f"{MANY} rows" in said
    assert {p.name for p in place.iterdir()} == {"in.csv", "out.jsonl", "out.jsonl.rejects.jsonl"}
    return read_lines(place / "out.jsonl")


def test_answers_are_the_notebooks(census, raw, answered):
    space = census.namespace
    kept = [n for n in range(MANY) if n in space["X"].index]
    wanted = dict(zip(kept, space["model"].predict_proba(space["X"].loc[kept]).tolist(), strict=True))
    got = {a["row"]: list(a["probabilities"].values()) for a in answered if a["prediction"] is not None}
    assert got == wanted
    assert [a["row"] for a in answered] == list(range(MANY))


@pytest.mark.slow
def test_a_query_and_lines_are_answered_alike(census, raw, answered, tmp_path):
    with sqlite3.connect(tmp_path / "rows.db") as opened:
        raw.to_sql("people", opened, index=False)
    opened.close()
    score(census, "select * from people", str(tmp_path / "a.jsonl"), "--database", str(tmp_path / "rows.db"))
    raw.to_json(tmp_path / "in.jsonl", orient="records", lines=True)
    score(census, str(tmp_path / "in.jsonl"), str(tmp_path / "b.jsonl"))
    assert read_lines(tmp_path / "a.jsonl") == read_lines(tmp_path / "b.jsonl") == answered
    failed = score(
        census, "select * from x", str(tmp_path / "c"), "--database", str(tmp_path / "rows.db"), code=3
    )
    assert "no such table: x" in failed


def test_answers_as_csv_keep_every_bit(census, raw, answered, tmp_path):
    raw.head(40).to_csv(tmp_path / "in.csv", index=False)
    score(census, str(tmp_path / "in.csv"), str(tmp_path / "out.csv"))
    with open(tmp_path / "out.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    for line, answer in zip(lines, answered[:40], strict=True):
        assert int(line["row"]) == answer["row"]
        assert line["prediction"] == (answer["prediction"] or "")
        for name, share in (answer.get("probabilities") or {}).items():
            assert float(line[f"probability_{name}"]) == share


def test_a_gap_in_one_row_rejects_that_row_alone(census, raw, tmp_path):
    spoiled = raw.head(30).astype({"age": object})
    spoiled.loc[3, "age"] = None
    spoiled.loc[5, "age"] = "39.0"
    spoiled.to_csv(tmp_path / "in.csv", index=False)
    score(census, str(tmp_path / "in.csv"), str(tmp_path / "out.jsonl"))
    rejects = {r["row"]: r["problems"][0] for r in read_lines(tmp_path / "out.jsonl.rejects.jsonl")}
    assert rejects[3] == {"field": "age", "problem": "null, but it was never missing in the training data"}
    assert rejects[5]["field"] == "age" and "integer" in rejects[5]["problem"]
    assert len(read_lines(tmp_path / "out.jsonl")) == 30


def test_row_alone_is_answered_as_over_http(census, raw, answered, tmp_path):
    raw.head(25).to_csv(tmp_path / "in.csv", index=False)
    score(census, str(tmp_path / "in.csv"), str(tmp_path / "out.jsonl"), "--alone")
    assert read_lines(tmp_path / "out.jsonl") == answered[:25]


@pytest.mark.slow
def test_stopped_batch_goes_on(census, raw, answered, tmp_path):
    """A line that is no JSON ends it; with a mended file of the same size and time it goes on."""
    lines = raw.to_json(orient="records", lines=True).splitlines()
    place = tmp_path / "in.jsonl"
    place.write_text("\n".join([*lines[:2200], "{" + lines[2200][1:].replace(":", ";", 1), *lines[2201:]]))
    times = place.stat()
    assert "Line 2201" in score(census, str(place), str(tmp_path / "out.jsonl"), code=3)
    assert not (tmp_path / "out.jsonl").exists()
    assert json.loads((tmp_path / "out.jsonl.part.json").read_text())["rows"] == 2000
    with open(tmp_path / "out.jsonl.part", "ab") as part:
        part.write(b'{"row": 2000, "pred')
    place.write_text("\n".join(lines))
    os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))
    score(census, str(place), str(tmp_path / "out.jsonl"))
    assert read_lines(tmp_path / "out.jsonl") == answered


@pytest.mark.parametrize("problem", ["no file", "no JSON", "no table", "no database", "no driver"])
def test_batch_that_fails_before_its_first_row_leaves_all_as_it_was(census, tmp_path, problem):
    source, database = tmp_path / "in.jsonl", tmp_path / "rows.db"
    if problem == "no JSON":
        source.write_text("age,sex\n")
    if problem == "no table":
        database.touch()
    asked = (str(source), str(tmp_path / "out.jsonl"))
    if problem in ("no table", "no database", "no driver"):
        place = "nothing://me:secret@host/rows" if problem == "no driver" else str(database)
        asked = ("select * from nowhere", asked[1], "--database", place)
    for of_yesterday in (), ("out.jsonl", "out.jsonl.rejects.jsonl"):
        for name in of_yesterday:
            (tmp_path / name).write_text("of yesterday")
        before = {path.name: path.read_text() for path in tmp_path.iterdir()}
        assert "secret" not in score(census, *asked, code=3)
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


@pytest.mark.slow
def test_killed_batch_goes_on(census, raw, answered, tmp_path):
    times, source, out = 8, tmp_path / "in.csv", tmp_path / "out.jsonl"
    pd.concat([raw] * times).to_csv(source, index=False)
    command = [sys.executable, "-m", "income_model", "score", str(source), str(out)]
    with subprocess.Popen(command, cwd=census.path, stderr=subprocess.DEVNULL) as begun:
        while not (tmp_path / "out.jsonl.part.json").exists() and begun.poll() is None:
            time.sleep(0.002)
        begun.kill()
    assert begun.returncode == -signal.SIGKILL
    done = json.loads((tmp_path / "out.jsonl.part.json").read_text())["rows"]
    assert 0 < done < times * MANY and not out.exists()
    kept = (tmp_path / "out.jsonl.part").read_bytes().splitlines()[:done]
    score(census, str(source), str(out))
    assert out.read_bytes().splitlines()[:done] == kept
    wanted = [a["prediction"] for _ in range(times) for a in answered]
    assert [a["prediction"] for a in read_lines(out)] == wanted
    assert not [path.name for path in tmp_path.iterdir() if ".part" in path.name]


BROKEN_OFF = "rowid <= 2100 or abs(-9223372036854775808)"
"""SQLite gives the first 2,100 rows, and then an error."""


def put_view(database: Path, view: str) -> None:
    with sqlite3.connect(database) as opened:
        opened.execute("drop view if exists asked")
        opened.execute(f"create view asked as select * from people {view}")
    opened.close()


@pytest.mark.slow
def test_stopped_query_goes_on_if_its_rows_come_again(census, raw, answered, tmp_path):
    database, out = tmp_path / "rows.db", tmp_path / "out.jsonl"
    with sqlite3.connect(database) as opened:
        raw.to_sql("people", opened, index=False)
    opened.close()
    asked = ("select * from asked", str(out), "--database", str(database))
    for again, told in (("", ""), ("order by rowid desc", "all are answered anew")):
        put_view(database, f"where {BROKEN_OFF}")
        assert "integer overflow" in score(census, *asked, code=3)
        begun = (tmp_path / "out.jsonl.part").read_bytes()
        assert json.loads((tmp_path / "out.jsonl.part.json").read_text())["rows"] == 2000
        put_view(database, again)
        said = score(census, *asked)
        assert (told in said) if told else ("anew" not in said)
        assert out.read_bytes().startswith(begun) is not bool(told)
        predictions = [answer["prediction"] for answer in read_lines(out)]
        assert predictions == [a["prediction"] for a in (answered[::-1] if told else answered)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_answers_alike_also_when_a_worker_dies(census, raw, answered, tmp_path, monkeypatch):
    from distributed import LocalCluster

    raw.to_csv(tmp_path / "in.csv", index=False)
    away = ("--dask", "tcp://127.0.0.1:9")
    assert "No Dask cluster" in score(census, str(tmp_path / "in.csv"), "out", *away, code=3)
    options = {"threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1", "silence_logs": 50}
    monkeypatch.syspath_prepend(census.path)  # workers look where this process does
    with LocalCluster(n_workers=2, **options) as cluster:
        first = next(iter(cluster.workers.values())).pid

        def kill() -> None:
            while not cluster.scheduler.tasks:
                time.sleep(0.01)
            os.kill(first, signal.SIGKILL)

        thread = threading.Thread(target=kill)
        thread.start()
        score(
            census, str(tmp_path / "in.csv"), str(tmp_path / "out.jsonl"), "--dask", cluster.scheduler_address
        )
        thread.join()
    assert read_lines(tmp_path / "out.jsonl") == answered
    monkeypatch.undo()
    with LocalCluster(n_workers=1, **options) as cluster:
        far = (str(tmp_path / "in.csv"), "out", "--dask", cluster.scheduler_address)
        assert "does not have this package" in score(census, *far, code=3)


@pytest.mark.slow
def test_parquet_is_answered_alike(census, raw, answered, tmp_path):
    side = tmp_path / "side"
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "-q", "--target", str(side), "pyarrow"], check=True
    )
    write = "import sys; import pandas as pd; pd.read_json(sys.argv[1], lines=True).to_parquet(sys.argv[2])"
    raw.to_json(tmp_path / "in.jsonl", orient="records", lines=True)
    environment = os.environ | {"PYTHONPATH": str(side)}
    command = [sys.executable, "-c", write, str(tmp_path / "in.jsonl"), str(tmp_path / "in.parquet")]
    subprocess.run(command, check=True, env=environment)
    score(census, str(tmp_path / "in.parquet"), str(tmp_path / "a.jsonl"), PYTHONPATH=str(side))
    assert read_lines(tmp_path / "a.jsonl") == answered
    score(census, str(tmp_path / "in.parquet"), str(tmp_path / "a.parquet"), PYTHONPATH=str(side))
    read = "import sys; import pyarrow.parquet as p; print(p.read_table(sys.argv[1]).to_pylist())"
    command = [sys.executable, "-c", read, str(tmp_path / "a.parquet")]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    shown = eval(done.stdout)
    assert [line["prediction"] for line in shown] == [a["prediction"] for a in answered]
    shutil.rmtree(side)
