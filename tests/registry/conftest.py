"""A store with registered versions, for the tests of the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.core.history import Environment, History
from nbmlops.core.model import ModelVersion
from nbmlops.core.proof import Proof, Verdict
from nbmlops.registry.versions import register_version
from nbmlops.store.opening import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / ".nbmlops" / "store.db") as opened:
        opened.histories.begin(History("h", None, "/", "2026-01-01", Environment("3.11", "linux")))
        yield opened


@pytest.fixture
def register(store: Store) -> Callable[..., ModelVersion]:
    def add(name: str = "income", verdict: Verdict | None = "identical", cause: str | None = None):
        version = ModelVersion(
            name=name,
            version=0,
            created="2026-01-01",
            history="h",
            target="model",
            type="sklearn.linear_model.LogisticRegression",
            run=None,
            artifact=digest_bytes(b"estimator"),
            digest="d" * 64,
            proof=Proof("model", verdict, (), None, None, cause=cause),
            pipeline={},
            reference=None,
            signature=None,
        )
        return register_version(store, version, [b"estimator"], by="ann")

    return add
