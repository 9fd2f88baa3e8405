"""A service under way: it drains when it is told to end, and several workers are one service."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbmlops.package.build import build_package
from nbmlops.package.cut import cut_rows
from nbmlops.processes.child import python_command
from nbmlops.processes.server import Server, choose_port, start_server
from nbmlops.values.codec import save_value
from tests.package.conftest import make_pieces, run_pieces
from tests.package.test_service import ask

WAITING = """
import os
import tempfile
import time
import pandas as pd
from sklearn.linear_model import LinearRegression
# --
class Waiting(LinearRegression):
    def predict(self, X):
        if X["wait"].max() > 1:
            tempfile.mkdtemp(prefix="asked-", dir=os.environ["HELD"])
        while X["wait"].max() > 1 and not os.path.exists(os.path.join(os.environ["HELD"], "go")):
            time.sleep(0.05)
        return super().predict(X)
# --
rows = pd.read_csv(parameters.rows)
# --
model = Waiting()
# --
model.fit(rows[["wait", "x"]], rows["y"])
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells when it is asked, and with some rows waits for a word before it answers."""
    home = tmp_path_factory.mktemp("waiting")
    dice = np.random.default_rng(0)
    frame = pd.DataFrame({"wait": dice.uniform(0, 0.001, 60).round(6), "x": dice.normal(size=60).round(3)})
    frame["y"] = frame["x"] * 2
    frame.to_csv(home / "rows.csv", index=False)
    pieces, parameters = make_pieces(WAITING), {"rows": str(home / "rows.csv")}
    estimator = save_value(run_pieces(pieces, parameters)["model"])
    cut = cut_rows(pieces, "model", parameters, home, estimator)
    return Path(build_package(cut, estimator, "waiting", 1, home / "dist").path)


PATIENT = """
import sys
from waiting_model import cli, running
assert running._SILENT_SECONDS == 60
running._SILENT_SECONDS = 3600
sys.exit(cli.main(sys.argv[1:]))
"""


def serve(
    package: Path,
    log: Path,
    workers: int = 1,
    begin: tuple[str, str] = ("-m", "waiting_model"),
    **environment: str,
) -> Server:
    port = choose_port()
    command = python_command(*begin, "serve", "--port", str(port), "--workers", str(workers))
    (log / "held").mkdir()
    own = {"PREDICTION_LOG": str(log / "predictions.jsonl"), "HELD": str(log / "held")}
    given = os.environ | own | environment
    return start_server(command, cwd=package, port=port, env=given, log=log / "output")


@pytest.fixture(params=[1, pytest.param(2, marks=pytest.mark.slow)])
def server(package: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """The service, with one worker and with two."""
    with serve(package, tmp_path, request.param, DRAIN_SECONDS="600") as running:
        wait_for(lambda: ask(running, "GET", "/ready")[0] == 200)
        yield running


def wait_for(holds: Any, seconds: float = 600.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("it never came true")


def ask_held(server: Server, answers: list[Any]) -> threading.Thread:
    def run() -> None:
        try:
            answers.append(ask(server, "POST", "/predict", {"wait": 2.0, "x": 1.0}))
        except OSError as error:
            answers.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def count_held(log: Path) -> int:
    """Return how many requests have got as far as the model."""
    return len(list((log / "held").glob("asked-*")))


def test_what_is_under_way_is_answered_and_what_is_new_is_refused(server, tmp_path):
    answers: list[Any] = []
    threads = [ask_held(server, answers) for _ in range(6)]
    wait_for(lambda: count_held(tmp_path) == 6)
    os.kill(server.child.pid, signal.SIGTERM)
    wait_for(lambda: is_refused(server))
    assert answers == []
    (tmp_path / "held" / "go").touch()
    for thread in threads:
        thread.join()
    assert [status for status, _ in answers] == [200] * 6
    assert server.wait() == 0
    lines = read_lines(tmp_path)
    assert {line["id"] for line in lines} == {answer["ids"][0] for _, answer in answers}
    told = (tmp_path / "output").read_text()
    assert told.count('"POST /predict 200"') == 6
    assert "Traceback" not in told


def is_refused(server: Server) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((server.host, server.port)) != 0


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_what_takes_too_long_is_broken_off(package, tmp_path, workers):
    answers: list[Any] = []
    with serve(package, tmp_path, workers, DRAIN_SECONDS="1") as server:
        wait_for(lambda: ask(server, "GET", "/ready")[0] == 200)
        thread = ask_held(server, answers)
        wait_for(lambda: count_held(tmp_path) == 1)
        os.kill(server.child.pid, signal.SIGTERM)
        wait_for(lambda: not server.running)
        thread.join()
    assert answers == [(503, {"detail": "the service ended before it had the answer"})]


def read_total(server: Server, name: str) -> float:
    import urllib.request

    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        text = answer.read().decode()
    found = [line for line in text.splitlines() if line.startswith(f"model_{name}{{")]
    return sum(float(line.rpartition(" ")[2]) for line in found)


def test_figures_are_those_of_all_workers_also_of_one_that_was_killed(package, tmp_path):
    with serve(package, tmp_path, 2) as server:
        wait_for(lambda: read_total(server, "workers") == 2)
        for number in range(60):
            assert ask(server, "POST", "/predict", {"wait": 0.0, "x": number / 2})[0] == 200
            assert read_total(server, "rows_total") == number + 1
        wait_for(lambda: len(read_lines(tmp_path)) == 60)
        first, second = find_workers(tmp_path)
        os.kill(server.child.pid, signal.SIGSTOP)  # nobody takes its place until this was seen
        os.kill(first, signal.SIGKILL)
        # Its own requests are none: the other serves on, at once.
        wait_for(lambda: read_total(server, "workers") == 1)
        for _ in range(20):
            assert ask_patiently(server)[0] == 200
        assert read_total(server, "rows_total") == 80
        os.kill(server.child.pid, signal.SIGCONT)
        wait_for(lambda: read_total(server, "workers") == 2)
        wait_for(lambda: len(set(find_workers(tmp_path)) - {first, second}) == 1)
        assert read_total(server, "rows_total") == 80
        assert server.stop(grace=600) == 0
    lines = read_lines(tmp_path)
    assert len({line["id"] for line in lines}) == 80
    for line in (tmp_path / "output").read_text().splitlines():
        json.loads(line)


def test_a_worker_that_dies_while_it_is_asked_is_replaced_at_once(package, tmp_path):
    """A stopped process leaves the supervisor's question open, so its death falls into the waiting.

    Were it only silent then, it would be given an hour here.
    """
    with serve(package, tmp_path, 2, begin=("-c", PATIENT)) as server:
        wait_for(lambda: read_total(server, "workers") == 2)
        first = find_workers(tmp_path)[0]
        os.kill(first, signal.SIGSTOP)
        time.sleep(2.0)
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: len(find_workers(tmp_path)) == 3)
        assert server.stop(grace=600) == 0


def read_lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (log / "predictions.jsonl").read_text().splitlines()]


def ask_patiently(server: Server) -> tuple[int, Any]:
    """Ask again where a connection was made to the one that was just killed."""
    for _ in range(2000):
        try:
            return ask(server, "POST", "/predict", {"wait": 0.0, "x": 1.0})
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nobody answered")


def find_workers(log: Path) -> list[int]:
    return [int(n) for n in re.findall(r"Started server process \[(\d+)\]", (log / "output").read_text())]


def test_workers_that_cannot_start_end_the_service(package, tmp_path):
    import shutil
    import subprocess
    import sys

    shutil.copytree(package, tmp_path / "dist")
    model = tmp_path / "dist" / "waiting_model" / "model.pkl"
    model.write_bytes(model.read_bytes() + b" ")
    done = subprocess.run(
        [sys.executable, "-m", "waiting_model", "serve", "--workers", "2", "--port", str(choose_port())],
        cwd=tmp_path / "dist",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "model.pkl" in done.stderr
    assert "Traceback" not in done.stderr
