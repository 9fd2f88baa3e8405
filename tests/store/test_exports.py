"""Exports, proofs, packages and reports: the newest is found, and never one that is out of date."""

from __future__ import annotations

import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.core.drift import ColumnDrift, DriftReport
from nbmlops.core.proof import Divergence, Proof
from nbmlops.errors import StoreError

PROOF = Proof("model", "identical", ("the estimator",), "a" * 64, "a" * 64, elapsed=1.5)


@pytest.fixture
def history(store, make_history) -> str:
    store.histories.begin(make_history())
    return make_history().id


def test_find_export(store, history, tmp_path):
    recipe = digest_bytes(b"recipe")
    store.exports.add(
        tmp_path / "out",
        history,
        "model",
        {"pipeline.py": "a" * 64},
        recipe=recipe,
        lines={12: (3, 0), 15: (4, 1)},
        contents=[b"recipe"],
    )
    found = store.exports.find(tmp_path / "out")
    assert (found.history, found.target, found.recipe) == (history, "model", recipe)
    assert found.files == {"pipeline.py": "a" * 64}
    assert found.lines == {12: (3, 0), 15: (4, 1)}
    assert found.path == str(tmp_path / "out")
    assert store.exports.find(tmp_path) is None


def test_path_is_found_however_written(store, history, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    store.exports.add("out", history, "model", {})
    assert store.exports.find("./x/../out") is not None
    assert store.exports.find(tmp_path / "link") is not None


def test_newest_proof_of_the_newest_export(store, history, tmp_path):
    path = tmp_path / "out"
    store.exports.add(path, history, "model", {"pipeline.py": "a" * 64})
    assert store.proofs.for_export(path) is None
    different = Proof(
        "model",
        "different",
        (),
        "a" * 64,
        "b" * 64,
        diverged_at=Divergence(3, 0, "x = 1", "name:x", "the values part"),
    )
    store.proofs.add(path, different)
    assert store.proofs.for_export(path) == different
    store.proofs.add(path, PROOF)
    assert store.proofs.for_export(path) == PROOF
    store.exports.add(path, history, "model", {"pipeline.py": "b" * 64})
    assert store.proofs.for_export(path) is None
    assert store.exports.find(path).files == {"pipeline.py": "b" * 64}


def test_proof_of_an_export_made_elsewhere(store, tmp_path):
    store.proofs.add(tmp_path / "foreign", PROOF)
    assert store.proofs.for_export(tmp_path / "foreign") == PROOF


def test_packages(store, history, make_version, tmp_path):
    store.models.add_version(make_version(), (b"estimator", b"print(1)"))
    store.packages.add("income", 1, tmp_path / "one", "a" * 64)
    store.packages.add("income", 1, tmp_path / "two", "b" * 64)
    assert [one.manifest for one in store.packages.list_packages("income")] == ["b" * 64, "a" * 64]
    assert store.packages.list_packages("income", 2) == ()
    with pytest.raises(StoreError):
        store.packages.add("income", 9, tmp_path, "c" * 64)


def test_reports(store):
    drift = ColumnDrift("age", float("inf"), 0.2, True, "age is older")
    reports = [DriftReport("income", 1, rows, None, None, (drift,)) for rows in (10, 20)]
    for report in reports:
        store.reports.add(report)
    assert store.reports.list_reports("income") == tuple(reversed(reports))
    assert store.reports.list_reports("other") == ()
