"""Runs go to a real MLflow server and come back, as often as one likes, as they were."""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path

from nbmlops.api.exchanging import pull_runs, push_runs
from nbmlops.api.experiments import compare_runs, list_runs, mark_run, show_run
from nbmlops.api.histories import list_history
from nbmlops.faces.cli import main
from nbmlops.store.opening import open_store
from tests.trackers.conftest import SERVER
from tests.trackers.made_runs import counts, everything, keep, make_run


def test_runs_come_back_as_they_were(server, client, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    sent = everything(here)
    assert len(sent) == 4
    assert counts(push_runs("mlflow", server.uri, store=here)) == (4, 0, 0)
    assert counts(push_runs("mlflow", server.uri, store=here)) == (0, 0, 4)
    assert counts(pull_runs("mlflow", server.uri, store=there)) == (4, 0, 0)
    assert everything(there) == sent
    assert counts(pull_runs("mlflow", server.uri, store=there)) == (0, 0, 4)
    assert counts(pull_runs("mlflow", server.uri, store=here)) == (0, 0, 4)
    assert everything(here) == sent
    assert counts(push_runs("mlflow", server.uri, store=there)) == (0, 0, 0)
    assert counts(push_runs("mlflow", server.uri, store=here)) == (0, 0, 4)
    (model,) = (run for run in sent if run.model_name == "model")
    shown, original = show_run(model.id, store=there), show_run(model.id, store=here)
    assert shown.source == f"mlflow {server.uri}"
    assert "\n".join(shown.code).split() == "\n".join(original.code).split()
    assert compare_runs([sent[0].id, sent[1].id], store=there).runs
    assert (
        list_history(history=list_runs(store=there)[0].history, store=there).notebook
        == f"mlflow {server.uri}"
    )
    with open_store(there) as store:
        assert store.histories.latest() is None
        assert store.check() == ()


def test_what_the_server_shows(server, client, make_store):
    here = make_store("here")
    push_runs("mlflow", server.uri, store=here)
    sent = {run.id: run for run in everything(here)}
    (experiment,) = [e for e in client.search_experiments() if e.name != "Default"]
    there = {run.data.tags["nbmlops.run"]: run for run in client.search_runs([experiment.experiment_id])}
    assert there.keys() == sent.keys()
    (model,) = (run for run in sent.values() if run.model_name == "model")
    (search,) = (run for run in sent.values() if run.model_name == "search" and not run.parent)
    run = there[model.id]
    assert {"C": "0.5", "max_iter": "70"}.items() <= run.data.params.items()
    metrics = {metric.name: metric for metric in model.metrics}
    assert run.data.metrics["acc"] == metrics["acc"].value
    assert run.data.metrics["folds"] == metrics["folds"].value
    points = client.get_metric_history(run.info.run_id, "folds.points")
    assert tuple(point.value for point in points) == metrics["folds"].points
    assert [point.step for point in points] == [0, 1, 2]
    assert run.info.start_time <= run.info.end_time <= points[0].timestamp
    assert run.info.status == "FINISHED"
    assert {d.dataset.name for d in run.inputs.dataset_inputs} == {use.name for use in model.data}
    children = [
        r for r in there.values() if r.data.tags.get("mlflow.parentRunId") == there[search.id].info.run_id
    ]
    assert {r.data.tags["nbmlops.run"] for r in children} == {
        r.id for r in sent.values() if r.parent == search.id
    }
    code = client.download_artifacts(run.info.run_id, "nbmlops/code.py")
    assert "LogisticRegression(C=0.5" in Path(code).read_text()


def test_what_is_said_goes_both_ways(server, client, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    keep(here, make_run())
    mark_run("r1", note="first", tags=[("team", "blue")], store=here)
    push_runs("mlflow", server.uri, store=here)
    (run,) = client.search_runs(["0", *(e.experiment_id for e in client.search_experiments())])
    remote = run.info.run_id
    client.set_tag(remote, "reviewed", "yes")
    client.set_tag(remote, "team", "red")
    mark_run("r1", note="second", store=here)
    assert counts(push_runs("mlflow", server.uri, store=here)) == (0, 1, 0)
    tags = client.get_run(remote).data.tags
    assert (tags["team"], tags["mlflow.note.content"], tags["reviewed"]) == ("red", "second", "yes")
    assert counts(pull_runs("mlflow", server.uri, store=here)) == (0, 1, 0)
    (run,) = list_runs(store=here)
    assert (dict(run.tags), run.note) == ({"team": "red", "reviewed": "yes"}, "second")
    mark_run("r1", untag=["team"], store=here)
    push_runs("mlflow", server.uri, store=here)
    assert "team" not in client.get_run(remote).data.tags
    pull_runs("mlflow", server.uri, store=there)
    assert everything(there) == everything(here)
    mark_run("r1", note="here", store=here)
    client.set_tag(remote, "mlflow.note.content", "there")
    assert any("both sides" in note for note in push_runs("mlflow", server.uri, store=here).notes)
    assert any("both sides" in note for note in pull_runs("mlflow", server.uri, store=here).notes)
    assert client.get_run(remote).data.tags["mlflow.note.content"] == "there"
    assert list_runs(store=here)[0].note == "here"


def test_two_stores_share_a_run(server, client, make_store):
    one, two, third = make_store("one"), make_store("two"), make_store("third", filled=False)
    keep(one, make_run(occurrences=2), make_run("r2"))
    keep(two, make_run(occurrences=3, started="2026-02-02T00:00:00+00:00"))
    assert counts(push_runs("mlflow", server.uri, store=one)) == (2, 0, 0)
    assert counts(push_runs("mlflow", server.uri, store=two)) == (0, 1, 0)
    assert counts(push_runs("mlflow", server.uri, store=one)) == (0, 0, 2)
    assert counts(push_runs("mlflow", server.uri, store=two)) == (0, 0, 1)
    for store, found in ((third, (2, 0, 0)), (one, (0, 1, 1)), (two, (1, 1, 0))):
        assert counts(pull_runs("mlflow", server.uri, store=store)) == found
        assert {run.id: run.occurrences for run in list_runs(store=store)} == {"r1": 5, "r2": 1}
        assert counts(pull_runs("mlflow", server.uri, store=store)) == (0, 0, 2)
    assert counts(push_runs("mlflow", server.uri, store=one)) == (0, 0, 2)
    keep(one, make_run(occurrences=4), make_run("r2"))
    assert counts(push_runs("mlflow", server.uri, store=one)) == (0, 1, 1)
    pull_runs("mlflow", server.uri, store=two)
    assert {run.id: run.occurrences for run in list_runs(store=two)} == {"r1": 7, "r2": 1}


def test_a_run_of_others_is_a_run(server, client, make_store):
    store = make_store("here")
    experiment = client.create_experiment("theirs")
    run = client.create_run(experiment, 1000, {"team": "x", "nbmlops.other": "y"}, "their run").info.run_id
    for name, value in {"C": "0.10", "depth": "3", "rate": "0.25", "on": "True", "none": "None"}.items():
        client.log_param(run, name, value)
    for step, value in ((0, 3.0), (10, 2.0), (20, math.inf)):
        client.log_metric(run, "loss", value, timestamp=step, step=step)
    client.log_metric(run, "acc", 0.75)
    child = client.create_run(experiment, 2000, {"mlflow.parentRunId": run}).info.run_id
    found = pull_runs("mlflow", server.uri, store=store)
    assert counts(found) == (2, 0, 0)
    assert any("still running" in note for note in found.notes)
    client.set_terminated(run, "FAILED", 5000)
    client.set_tag(run, "mlflow.note.content", "theirs")
    assert counts(pull_runs("mlflow", server.uri, store=store)) == (0, 1, 1)
    (came,) = list_runs(["acc = 0.75 and tags.team = x and depth < 4"], store=store)
    assert (came.id, came.model_name, came.status, came.note) == (run, "their run", "failed", "theirs")
    assert dict(came.parameters) == {"C": "0.10", "depth": 3, "rate": 0.25, "on": True, "none": None}
    (loss,) = (metric for metric in came.metrics if metric.name == "loss")
    assert (loss.points, loss.steps, loss.value) == ((3.0, 2.0, math.inf), (0.0, 10.0, 20.0), math.inf)
    assert [one.id for one in list_runs(of=run[:9], store=store)] == [child]
    assert mark_run(run, note="mine", store=store).note == "mine"
    assert compare_runs([run, list_runs(store=store)[0].id], store=store).metrics
    assert show_run(run, store=store).code == ()
    assert list_runs(["name = 'their run'"], sort="acc", store=store)[0].id == run


def test_only_some_are_asked_for(server, client, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    runs = [make_run(f"r{at}", experiment="ab"[at % 2], parameters=(("depth", at),)) for at in range(4)]
    keep(here, *runs, make_run("c1", parent="r3", experiment="b"))
    assert counts(push_runs("mlflow", server.uri, ["depth > 1"], "b", dry_run=True, store=here)) == (2, 0, 0)
    assert [e.name for e in client.search_experiments()] == ["Default"]
    assert counts(push_runs("mlflow", server.uri, ["depth > 1"], "b", store=here)) == (2, 0, 0)
    assert counts(push_runs("mlflow", server.uri, store=here)) == (3, 0, 2)
    assert counts(pull_runs("mlflow", server.uri, ["depth >= 2"], dry_run=True, store=there)) == (3, 0, 0)
    assert list_runs(store=there) == ()
    assert counts(pull_runs("mlflow", server.uri, ["depth >= 2"], store=there)) == (3, 0, 0)
    assert {run.id for run in list_runs(store=there)} == {"r2", "r3"}
    assert counts(pull_runs("mlflow", server.uri, experiment="a", store=there)) == (1, 0, 1)
    assert {run.id for run in list_runs(store=there)} == {"r0", "r2", "r3"}


def test_faces(server, make_store, capsys, monkeypatch):
    store = make_store("here")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    assert main(["push", "mlflow", "--json", "--store", str(store)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["new"], told["same"], told["place"]) == (4, 0, f"mlflow {server.uri}")
    assert main(["pull", "mlflow", server.uri, "--store", str(store)]) == 0
    assert "0 new runs, 0 updated, 4 as before" in " ".join(capsys.readouterr().out.split())
    assert main(["pull", "wandb", "folder", "--store", str(store)]) == 2
    assert main(["push", "nothing", "--store", str(store)]) == 2


def test_what_autolog_logged_appears(server, make_store):
    store = make_store("here", filled=False)
    code = (
        "import mlflow, numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
        "mlflow.sklearn.autolog(log_models=False, log_datasets=True, log_post_training_metrics=True)\n"
        "mlflow.set_experiment('auto')\nX = np.arange(40.0).reshape(20, 2)\ny = np.array([0, 1] * 10)\n"
        "with mlflow.start_run():\n    model = LogisticRegression(C=0.25).fit(X, y)\n    model.score(X, y)\n"
    )
    quiet = {"MLFLOW_TRACKING_URI": server.uri, "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [SERVER, "-c", code],
        check=False,
        env=os.environ | quiet,
        cwd=server.folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert counts(pull_runs("mlflow", server.uri, store=store)) == (1, 0, 0)
    (run,) = list_runs(["model = LogisticRegression and C = 0.25 and training_score > 0"], store=store)
    assert (run.experiment, run.status, dict(run.parameters)["fit_intercept"]) == ("auto", "finished", True)
    assert dict(run.tags)["estimator_class"] == "sklearn.linear_model._logistic.LogisticRegression"
    assert run.data


def test_what_searches_in_sweeps_tried_goes_along(server, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    keep(
        here,
        make_run("sweep", started="2026-03-01T00:00:00+00:00", parameters=(("depth", 1),)),
        make_run("child", parent="sweep", started="2026-02-01T00:00:00+00:00"),
        make_run("grandchild", parent="child", started="2026-01-01T00:00:00+00:00"),
        make_run("other"),
    )
    assert counts(push_runs("mlflow", server.uri, ["depth = 1"], store=here)) == (3, 0, 0)
    assert counts(pull_runs("mlflow", server.uri, ["depth = 1"], store=there)) == (3, 0, 0)
    for store in (here, there):
        assert [run.id for run in list_runs(of="child", store=store)] == ["grandchild"]
        assert list_runs(["run = sweep"], store=store)[0].parent is None


def test_a_run_without_its_parent_is_not_lost(server, client, make_store):
    store = make_store("here", filled=False)
    parent = client.create_run("0", 1000).info.run_id
    child = client.create_run("0", 500, {"mlflow.parentRunId": parent}).info.run_id
    own = client.create_run("0", 500, {"mlflow.parentRunId": "gone"}).info.run_id
    client.set_tag(own, "mlflow.parentRunId", own)
    assert any("by themselves" in note for note in pull_runs("mlflow", server.uri, store=store).notes)
    assert {run.id for run in list_runs(store=store)} == {parent, own}
    assert [run.id for run in list_runs(of=parent, store=store)] == [child]
    again = make_store("again", filled=False)
    client.delete_run(parent)
    pull_runs("mlflow", server.uri, store=again)
    assert {run.id for run in list_runs(store=again)} == {child, own}
    client.restore_run(parent)
    assert counts(pull_runs("mlflow", server.uri, store=again)) == (1, 1, 1)
    one, other = (client.create_run("0", 700).info.run_id for _ in "ab")
    client.set_tag(one, "mlflow.parentRunId", other)
    client.set_tag(other, "mlflow.parentRunId", one)
    pull_runs("mlflow", server.uri, store=again)
    assert {run.id for run in list_runs(store=again)} == {parent, own, one, other}
    assert [run.id for run in list_runs(of=parent, store=again)] == [child]
