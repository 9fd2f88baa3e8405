"""Sharing: a run goes to another store whole, and nothing of it is run there before it is trusted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nbmlops.api.deploying import package_model
from nbmlops.api.executing import run_notebook
from nbmlops.api.experiments import list_runs
from nbmlops.api.exporting import export_name, prove_export
from nbmlops.api.health import check_health
from nbmlops.api.histories import explain_name, list_history
from nbmlops.api.models import register_model
from nbmlops.api.sharing import bundle_run, receive_bundle, trust_bundle
from nbmlops.api.snapshots import diff_snapshots, restore_snapshot
from nbmlops.errors import StoreError, UnknownNameError, UsageError
from nbmlops.store.opening import open_store
from tests.api.test_harmless import CELLS
from tests.api.test_verbs import write_notebook


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("mine")
    (made / "rows.csv").write_text("x,y\n" + "".join(f"{n},{n * n % 17}\n" for n in range(2000)))
    store = made / ".nbmlops" / "store.db"
    run_notebook(write_notebook(made / "a.ipynb", *CELLS), store=store)
    run_notebook(write_notebook(made / "b.ipynb", "private = 'never shared'"), store=store)
    return made


@pytest.fixture
def bundle(folder, tmp_path):
    store = folder / ".nbmlops" / "store.db"
    (run,) = list_runs(store=store)
    bundle_run(run.id, tmp_path / "run.bundle", store=store)
    return tmp_path / "run.bundle"


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other" / ".nbmlops" / "store.db"
    open_store(path).close()
    return path


def test_a_bundle_holds_one_run(bundle):
    assert b"never shared" not in bundle.read_bytes()
    with open_store(bundle, create=False) as store:
        assert store.check() == ()
        assert store.is_foreign()
        assert [h.notebook for h in store.histories.list_headers()] != []
        assert len(store.histories.list_headers()) == 1


def test_quarantine_can_be_looked_at_and_nothing_runs(bundle, other, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    waiting = Path(receive_bundle(bundle, store=other).path)
    assert len(list_history(store=waiting).executions) == 7
    assert list_runs(store=waiting)[0].model_name == "model"
    assert explain_name("grown", store=waiting).kept
    assert diff_snapshots("rows", "grown", store=waiting).rows_removed == 6
    assert check_health(store=waiting).problems == ()
    for refused in (
        lambda: restore_snapshot("rows", store=waiting),
        lambda: export_name("model", tmp_path / "out", store=waiting),
        lambda: prove_export(store=waiting),
        lambda: register_model("model", "m", store=waiting),
        lambda: package_model("m", tmp_path / "dist", store=waiting),
    ):
        with pytest.raises(StoreError, match="somebody else recorded"):
            refused()
    assert not (tmp_path / "out").exists()
    with open_store(other) as store:
        assert store.histories.list_headers() == ()


def test_trusted_is_as_if_it_had_been_run_here(bundle, other, tmp_path):
    waiting = Path(receive_bundle(bundle, store=other).path)
    found = trust_bundle(waiting, store=other)
    assert not waiting.exists()
    assert [run.model_name for run in list_runs(store=other)] == ["model"]
    restore_snapshot("rows", output=tmp_path / "rows.pkl", store=other)
    with open_store(other) as store:
        assert store.check() == ()
        assert [h.id for h in store.histories.list_headers()] == list(found.histories)
    again = Path(receive_bundle(bundle, store=other).path)
    with pytest.raises(UsageError, match="already"):
        trust_bundle(again, store=other)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("create trigger t after insert on executions begin select 1; end", "no bundle"),
        ("create view v as select 1", "no bundle"),
        ("drop table running", "no bundle"),
        ("update chunks set packed = x'00' where id = 1", "damaged"),
        ("update contents set size = 99999999999 where id = 1", "unpacks to"),
    ],
)
def test_hostile_bundles_are_refused(bundle, other, script, said):
    connection = sqlite3.connect(bundle)
    connection.executescript(script)
    connection.close()
    with pytest.raises(StoreError, match=said):
        receive_bundle(bundle, store=other)
    assert list((other.parent / "quarantine").iterdir()) == []


def test_what_is_no_bundle_is_told(other, tmp_path):
    (tmp_path / "text").write_text("no bundle " * 100)
    with pytest.raises(StoreError, match="not an SQLite file"):
        receive_bundle(tmp_path / "text", store=other)
    with pytest.raises(UnknownNameError, match="not in the quarantine"):
        trust_bundle(tmp_path / "text", store=other)
    with pytest.raises(UnknownNameError, match="no run 'nothing'"):
        bundle_run("nothing", tmp_path / "out", store=other)
