"""A real MLflow server, emptied for each test, and stores with runs that real cells left."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbmlops.core.clock import new_id
from nbmlops.store.opening import open_store
from tests.capture.recorded_shell import record_cells

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / ".venv-stores" / "bin" / "python"
"""The environment that `make test` builds: MLflow with all that its server needs."""

CELLS = (
    "import numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import GridSearchCV, cross_val_score\n"
    "X = np.arange(60.0).reshape(30, 2) % 7\ny = np.array([0, 1, 1] * 10)",
    "model = LogisticRegression(C=0.5, max_iter=70).fit(X, y)",
    "acc = model.score(X, y)",
    "folds = cross_val_score(model, X, y, cv=3)",
    "search = GridSearchCV(LogisticRegression(max_iter=70), {'C': [0.1, 1.0]}, cv=3).fit(X, y)",
    "best = search.score(X, y)",
)


class MlflowProcess:
    """A server on SQLite in a folder of its own, that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self.start()

    @property
    def database(self) -> Path:
        return self.folder / "mlflow.db"

    def start(self) -> None:
        options = {
            "backend-store-uri": f"sqlite:///{self.database}",
            "artifacts-destination": str(self.folder / "artifacts"),
            "host": "127.0.0.1",
            "port": str(self.port),
            "workers": "1",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with (self.folder / "log").open("ab") as log:
            self.child = subprocess.Popen(
                [SERVER, "-m", "mlflow", "server", *words],
                cwd=self.folder,
                env=os.environ | quiet,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(6000):
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=60):
                    return
            except OSError:
                assert self.child.poll() is None, (self.folder / "log").read_text()[-2000:]
                time.sleep(0.1)
        self.stop()
        raise AssertionError((self.folder / "log").read_text()[-2000:])

    def stop(self) -> None:
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowProcess]:
    if not SERVER.exists() and not os.environ.get("NBMLOPS_REQUIRE_MLFLOW"):
        pytest.skip("no MLflow server is installed beside: make .venv-stores/.installed")
    process = MlflowProcess(tmp_path_factory.mktemp("mlflow"))
    yield process
    process.stop()


@pytest.fixture(scope="session")
def recorded():
    history, contents, _ = record_cells(CELLS)
    return history, contents


@pytest.fixture
def make_store(tmp_path: Path, recorded) -> Callable[..., Path]:
    """Make a store that holds the history of the cells under an id of its own, or nothing."""

    def make(name: str, filled: bool = True, change: Callable = lambda history: history) -> Path:
        path = tmp_path / name / "store.db"
        with open_store(path) as store:
            if filled:
                history, contents = recorded
                store.contents.put_all(contents.values())
                ended = "2026-01-01T00:00:00+00:00"
                store.histories.begin(
                    change(dataclasses.replace(history, id=new_id(), started=ended, ended=ended))
                )
        return path

    return make


@pytest.fixture
def client(server: MlflowProcess):
    from mlflow.tracking import MlflowClient

    return MlflowClient(server.uri)


@pytest.fixture(autouse=True)
def empty(request: pytest.FixtureRequest) -> None:
    """Begin with an empty server: what earlier tests sent is gone for good."""
    if "server" not in request.fixturenames:
        return
    server = request.getfixturevalue("server")
    with sqlite3.connect(server.database, timeout=30) as connection:
        tables = [
            name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        ]
        for table in tables:
            if table not in ("alembic_version", "workspaces", "experiments"):
                connection.execute(f"delete from {table}")
        connection.execute("delete from experiments where experiment_id <> 0")
    connection.close()
