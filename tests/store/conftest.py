"""Records and stores for the tests of the store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.core.history import Environment, Execution, History, Statement
from nbmlops.core.model import ModelVersion
from nbmlops.core.proof import Proof
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.store.opening import Store, open_store

ENVIRONMENT = Environment("3.11.7", "linux", {"pandas": "3.0.0"}, {"OMP_NUM_THREADS": "2"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".nbmlops" / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with open_store(path) as opened:
        yield opened


@pytest.fixture
def make_history() -> Callable[..., History]:
    def make(key: str = "20260101-000000-aaaaaa", started: str = "2026-01-01", **fields) -> History:
        return History(key, fields.pop("notebook", None), "/home/me", started, ENVIRONMENT, **fields)

    return make


@pytest.fixture
def make_execution() -> Callable[..., Execution]:
    def make(number: int, *names: str, source: str = "df = 1") -> Execution:
        effects = tuple(Effect(Resource("name", name), "bound", "assigned", definite=True) for name in names)
        reads = (Read(Resource("file", "/data/x.csv"), "opened", content="c" * 64),)
        statement = Statement(number, 0, 1, source, source, reads=reads, effects=effects)
        return Execution(number, f"cell-{number}", source, "ok", "2026-01-01", 0.5, statements=(statement,))

    return make


@pytest.fixture
def make_version() -> Callable[..., ModelVersion]:
    def make(name: str = "income", artifact: bytes = b"estimator", **fields) -> ModelVersion:
        settings = {
            "name": name,
            "version": 0,
            "created": "2026-01-01",
            "history": "20260101-000000-aaaaaa",
            "target": "model",
            "type": "sklearn.linear_model.LogisticRegression",
            "run": None,
            "artifact": digest_bytes(artifact),
            "digest": "d" * 64,
            "proof": Proof("model", "identical", ("the estimator",), "d" * 64, "d" * 64),
            "pipeline": {"pipeline.py": digest_bytes(b"print(1)")},
            "reference": None,
            "signature": None,
            "metrics": (("accuracy", 0.86),),
        }
        return ModelVersion(**(settings | fields))

    return make


@pytest.fixture
def run_child() -> Callable[..., subprocess.CompletedProcess]:
    def run(code: str, *arguments: object) -> subprocess.CompletedProcess:
        command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    return run
