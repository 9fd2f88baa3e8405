"""Versions, aliases, approvals and files go to MLflow's registry, and what it has is listed here."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from nbmlops.api.exchanging import pull_runs, push_runs
from nbmlops.api.models import approve_model, list_models, promote_model
from nbmlops.core.digest import digest_bytes
from nbmlops.core.model import ModelVersion
from nbmlops.core.proof import Proof
from nbmlops.errors import NbmlopsError
from nbmlops.faces.cli import main
from nbmlops.registry.versions import register_version
from nbmlops.store.opening import open_store
from tests.trackers.made_runs import everything, keep, make_run

ESTIMATOR, SCRIPT, PROOF, INPUT = b"the estimator", b"print('pipeline')", b'{"verdict": "identical"}', b"rows"


def register(path, run="r1", name="income"):
    """Register a version as a notebook's would be."""
    with open_store(path) as store:
        history = next(h.id for h in store.histories.list_headers() if store.exchanges.place_of(h.id) is None)
        files = {"pipeline.py": SCRIPT, "proof.json": PROOF, "inputs/x.csv": INPUT}
        version = ModelVersion(
            name,
            0,
            "2026-01-01",
            history,
            "model",
            "sklearn.linear_model.LogisticRegression",
            run,
            digest_bytes(ESTIMATOR),
            "d" * 64,
            Proof("model", "identical", ("the value",), "d" * 64, "d" * 64),
            {path: digest_bytes(content) for path, content in files.items()},
            None,
            None,
            (("acc", 0.5),),
        )
        return register_version(store, version, [ESTIMATOR, *files.values()])


@pytest.fixture
def here(make_store):
    path = make_store("here")
    keep(path, make_run())
    register(path)
    register(path)
    approve_model("income", 1, note="good enough", store=path)
    promote_model("income", 1, "champion", store=path)
    return path


def bare(version):
    return dataclasses.replace(version, history="", source="", reference=None)


def list_there(client):
    return sorted(client.search_model_versions("name='income'"), key=lambda one: int(one.version))


def test_versions_go_and_come(server, client, here, make_store):
    there = make_store("there", filled=False)
    found = push_runs("mlflow", server.uri, store=here)
    assert found.versions == 2
    assert any("--with-rows" in note for note in found.notes)
    again = push_runs("mlflow", server.uri, store=here)
    assert (again.versions, again.notes) == (0, ())
    first, second = list_there(client)
    assert client.get_registered_model("income").aliases == {"champion": "1"}
    assert first.tags["nbmlops.verdict"] == "identical"
    assert "good enough" in first.tags["nbmlops.approval"]
    assert "nbmlops.approval" not in second.tags
    files = Path(client.download_artifacts(first.run_id, first.source.split("/", 2)[2]))
    assert {p.relative_to(files).as_posix() for p in files.rglob("*") if p.is_file()} == {
        "pipeline.py",
        "proof.json",
    }
    assert (files / "pipeline.py").read_bytes() == SCRIPT
    pulled = pull_runs("mlflow", server.uri, store=there)
    assert (pulled.versions, pulled.new) == (2, 1)
    assert list(map(bare, list_models(there))) == list(map(bare, list_models(here)))
    assert {version.source for version in list_models(there)} == {f"mlflow {server.uri}"}
    assert pull_runs("mlflow", server.uri, store=there).versions == 0
    assert pull_runs("mlflow", server.uri, store=here).versions == 0
    assert len(list_models(here)) == 2
    assert everything(there) == everything(here)
    assert push_runs("mlflow", server.uri, store=there).versions == 0


def test_what_changes_here_changes_there(server, client, here):
    push_runs("mlflow", server.uri, store=here)
    approve_model("income", 2, note="better", store=here)
    promote_model("income", 2, "champion", store=here)
    register(here)
    assert push_runs("mlflow", server.uri, store=here).versions == 2
    assert client.get_registered_model("income").aliases == {"champion": "2"}
    assert "better" in list_there(client)[1].tags["nbmlops.approval"]
    assert push_runs("mlflow", server.uri, store=here).versions == 0


def test_estimators_go_where_it_is_asked_for(server, client, here):
    push_runs("mlflow", server.uri, with_rows=True, store=here)
    (first, _) = list_there(client)
    files = Path(client.download_artifacts(first.run_id, first.source.split("/", 2)[2]))
    assert (files / "estimator.bin").read_bytes() == ESTIMATOR
    assert (files / "inputs" / "x.csv").read_bytes() == INPUT


def test_an_alias_of_others_stays(server, client, here):
    client.create_registered_model("income")
    client.create_model_version(
        "income", "s3://bucket/elsewhere", None, {"nbmlops.verdict": "identical"}, await_creation_for=0
    )
    client.set_registered_model_alias("income", "champion", "1")
    found = push_runs("mlflow", server.uri, store=here)
    assert any("not of this store" in note for note in found.notes)
    assert client.get_registered_model("income").aliases == {"champion": "1"}
    pulled = pull_runs("mlflow", server.uri, store=here)
    assert pulled.versions == 1
    (foreign,) = [version for version in list_models(here) if version.source]
    assert (foreign.name, foreign.version, foreign.aliases, foreign.proof.verdict) == (
        "income",
        1,
        ("champion",),
        None,
    )
    client.set_registered_model_alias("income", "champion", "3")
    found = pull_runs("mlflow", server.uri, store=here)
    assert any("nbmlops promote income 2 champion" in note for note in found.notes)
    assert {v.version: v.aliases for v in list_models(here) if not v.source} == {1: ("champion",), 2: ()}


def test_a_foreign_version_is_listed_and_no_more(server, client, here, make_store, capsys):
    there = make_store("there", filled=False)
    push_runs("mlflow", server.uri, store=here)
    pull_runs("mlflow", server.uri, store=there)
    assert main(["models", "--json", "--store", str(there)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["verdict"], one["claimed"]) for one in told] == [(None, "identical")] * 2
    assert main(["models", "--store", str(there)]) == 0
    assert "it says" in " ".join(capsys.readouterr().out.split())
    for act in (approve_model, lambda *words, store: promote_model(*words, "champion", store=store)):
        with pytest.raises(NbmlopsError, match="no model 'income'"):
            act("income", 1, store=there)
    assert main(["package", "income@1", str(there.parent / "out"), "--store", str(there)]) == 3


def test_odd_aliases_and_lost_runs_are_told(server, client, make_store):
    here = make_store("here")
    keep(here, make_run())
    register(here, run=None)
    for alias in ("latest", "v2", "a.b", "fine"):
        promote_model("income", 1, alias, store=here)
    notes = push_runs("mlflow", server.uri, store=here).notes
    assert sum("cannot be one there" in note for note in notes) == 3
    assert any("without files" in note for note in notes)
    assert client.get_registered_model("income").aliases == {"fine": "1"}


def test_a_record_of_a_version_that_is_none(server, client, make_store):
    store = make_store("store", filled=False)
    client.create_registered_model("odd <b>")
    tags = {"nbmlops.version": "k", "nbmlops.record": '{"name": 5}'}
    client.create_model_version("odd <b>", "s3://bucket/elsewhere", None, tags, await_creation_for=0)
    assert any("cannot be read" in note for note in pull_runs("mlflow", server.uri, store=store).notes)
    assert [(v.name, v.version, v.proof.verdict) for v in list_models(store)] == [("odd <b>", 1, None)]
