"""Odd names, many runs, cut connections, foreign files: nothing is lost in silence, nothing is opened."""

from __future__ import annotations

import math
import sqlite3

import pytest

from nbmlops.api.exchanging import pull_runs, push_runs
from nbmlops.api.experiments import list_runs, mark_run, show_run
from nbmlops.api.housekeeping import collect_unneeded, forget_content
from nbmlops.core.run import DataUse, MetricValue
from nbmlops.errors import TrackerError
from nbmlops.store.opening import open_store
from tests.trackers.made_runs import counts, everything, keep, make_run

HOSTILE = (
    "a:b",
    "a//b",
    "/a",
    "../a",
    "",
    "a'b\"c",
    "é\n<b>",
    "x" * 400,
    "-u3A-",
    " ",
    "a ",
    "emoji 🎉",
    "mlflow.x",
)


def test_hostile_names_and_values_come_back(server, client, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    values = (math.nan, math.inf, -math.inf, 1e308, 5e-324, -0.0)
    texts = (None, True, 0, 10**40, 1.5, "None", "y" * 7000, "\0\ud800", math.nan)
    run = make_run(
        experiment="exp <b>'\"/:\n",
        model_name="m" * 300,
        parameters=tuple(zip(HOSTILE, (*texts, *"abcd"), strict=True)),
        metrics=(
            *(MetricValue(name, 0.5, "f", 1) for name in HOSTILE),
            *(MetricValue(f"v{at}", value, "f", 1) for at, value in enumerate(values)),
            MetricValue("losses", math.inf, "f", 1, (3.0, math.nan, math.inf), (-1.0, 5.0, 7.0)),
            MetricValue("halves", 2.0, "f", 1, (3.0, 2.0), (0.5, 1.5)),
        ),
        data=(DataUse("d" * 600, "e" * 64, 3, None), DataUse("", "f" * 64)),
        status="interrupted",
    )
    keep(here, run)
    for name in HOSTILE:
        mark_run("r1", tags={name or "-": "v" * 6000}.items(), store=here)
    mark_run("r1", note="n" * 9000, pin=True, archive=True, store=here)
    (sent,) = everything(here)
    found = push_runs("mlflow", server.uri, store=here)
    assert counts(found) == (1, 0, 0)
    for word in ("spelled otherwise", "cut there", "infinite"):
        assert any(word in note for note in found.notes)
    assert counts(push_runs("mlflow", server.uri, store=here)) == (0, 0, 1)
    assert counts(pull_runs("mlflow", server.uri, store=there)) == (1, 0, 0)
    (came,) = everything(there)
    assert repr(came) == repr(sent)
    assert counts(pull_runs("mlflow", server.uri, store=here)) == (0, 0, 1)
    assert repr(everything(here)) == repr([sent])


@pytest.mark.slow
def test_ten_thousand_parameters(server, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    keep(here, make_run(parameters=(*((f"p{at}", at) for at in range(10_000)), ("long", "z" * 10**6))))
    assert counts(push_runs("mlflow", server.uri, store=here)) == (1, 0, 0)
    pull_runs("mlflow", server.uri, store=there)
    assert everything(there) == everything(here)


def test_what_was_deleted_there_stays_so(server, client, make_store):
    here = make_store("here")
    keep(here, make_run(), make_run("r2"))
    push_runs("mlflow", server.uri, store=here)
    experiments = [e.experiment_id for e in client.search_experiments()]
    gone = next(r for r in client.search_runs(experiments) if r.data.tags["nbmlops.run"] == "r1")
    client.delete_run(gone.info.run_id)
    found = push_runs("mlflow", server.uri, store=here)
    assert (counts(found), found.deleted) == ((0, 0, 1), ("r1",))
    assert len(client.search_runs(experiments)) == 1
    assert pull_runs("mlflow", server.uri, store=here).deleted == ("r1",)
    assert len(list_runs(store=here)) == 2
    assert counts(push_runs("mlflow", server.uri, restore=True, store=here)) == (0, 1, 1)
    assert len(client.search_runs(experiments)) == 2
    (mine,) = {r.info.experiment_id for r in client.search_runs(experiments)}
    client.delete_experiment(mine)
    assert push_runs("mlflow", server.uri, store=here).deleted == ("r1", "r2")
    keep(here, make_run(), make_run("r2"), make_run("r3"))
    with pytest.raises(TrackerError, match="was deleted"):
        push_runs("mlflow", server.uri, store=here)


@pytest.mark.slow
def test_five_thousand_runs_are_paged_through(server, make_store):
    store = make_store("here", filled=False)
    with sqlite3.connect(server.database, timeout=30) as connection:
        columns = [row[1] for row in connection.execute("pragma table_info(runs)")]
        fixed = {"status": "FINISHED", "lifecycle_stage": "active", "experiment_id": 0, "user_id": "u"}
        rows = []
        for at in range(5000):
            told = fixed | {"run_uuid": f"{at:032x}", "name": f"n{at}", "start_time": at, "end_time": at}
            told |= {"source_type": "LOCAL", "artifact_uri": "mlflow-artifacts:/0/x"}
            rows.append([told.get(column) for column in columns])
        connection.executemany(f"insert into runs values ({', '.join('?' * len(columns))})", rows)
    connection.close()
    assert counts(pull_runs("mlflow", server.uri, store=store)) == (5000, 0, 0)
    assert len(list_runs(limit=9000, store=store)) == 5000
    assert counts(pull_runs("mlflow", server.uri, store=store)) == (0, 0, 5000)


def test_files_are_kept_and_never_opened(server, client, make_store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = make_store("here", filled=False)
    bomb = b"cpathlib\nPath\np0\n(S'went off'\ntRp1\n."
    (tmp_path / "model.pkl").write_bytes(bomb)
    run = client.create_run("0", 1000, {}, "theirs").info.run_id
    client.log_artifact(run, str(tmp_path / "model.pkl"), "model")
    client.set_terminated(run)
    assert counts(pull_runs("mlflow", server.uri, files=True, store=store)) == (1, 0, 0)
    with open_store(store) as opened:
        exchange = opened.exchanges.find_exchange(f"mlflow {server.uri}", run)
        assert opened.contents.get(exchange.files["model/model.pkl"]) == bomb
    collect_unneeded(apply=True, days=0, store=store)
    with open_store(store) as opened:
        assert opened.contents.get(exchange.files["model/model.pkl"]) == bomb
    show_run(run, store=store)
    forget_content(list_runs(store=store)[0].history, store=store)
    assert list_runs(store=store) == ()
    assert counts(pull_runs("mlflow", server.uri, store=store)) == (0, 0, 1)
    with open_store(store) as opened:
        assert not opened.contents.has(exchange.files["model/model.pkl"])


def test_a_record_that_is_none_is_told(server, client, make_store):
    store = make_store("here", filled=False)
    tags = {"nbmlops.run": "r1", "nbmlops.record.x": "[{", "nbmlops.record.y": '[{"id": 5}]'}
    client.create_run("0", 1000, tags | {"nbmlops.record.z": "nbmlops/../../etc/passwd"}, "not ours")
    found = pull_runs("mlflow", server.uri, store=store)
    assert sum("cannot be read" in note for note in found.notes) >= 1
    assert [(run.id, run.model_name) for run in list_runs(store=store)] == [("r1", "not ours")]


@pytest.mark.slow
def test_a_server_that_dies_midway(server, client, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    keep(here, *(make_run(f"r{at}", parameters=(("at", at),)) for at in range(6)))

    def kill(message):
        if message.startswith("sending run 4"):
            server.stop()

    with pytest.raises(TrackerError, match="No MLflow server answers"):
        push_runs("mlflow", server.uri, store=here, progress=kill)
    server.start()
    client.create_run("0", tags={"nbmlops.run": "r3"})  # as one that was begun and not ended
    found = push_runs("mlflow", server.uri, store=here)
    assert counts(found) == (2, 1, 3)
    pull_runs("mlflow", server.uri, store=there)
    assert everything(there) == everything(here)


def test_who_is_stopped_midway_goes_on(server, client, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    keep(here, *(make_run(f"r{at}", parameters=(("at", at),)) for at in range(4)))

    def stop(message):
        if message.startswith("sending run 3"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        push_runs("mlflow", server.uri, store=here, progress=stop)
    client.create_run("0", tags={"nbmlops.run": "r2"})  # as one that was begun and not ended
    assert counts(push_runs("mlflow", server.uri, store=here)) == (1, 1, 2)
    pull_runs("mlflow", server.uri, store=there)
    assert everything(there) == everything(here)


@pytest.mark.slow
def test_much_at_once_is_sent_in_parts(server, make_store):
    here, there = make_store("here"), make_store("there", filled=False)
    keep(
        here,
        make_run(
            parameters=tuple((f"🎉{at}", "🎉" * 6000) for at in range(110)),
            metrics=tuple(MetricValue(f"{'é' * 200}{at}", at, "f", 1, tuple(range(5))) for at in range(400)),
        ),
    )
    mark_run("r1", tags=[(f"t{at}", "🎉" * 3000) for at in range(110)], store=here)
    assert counts(push_runs("mlflow", server.uri, store=here)) == (1, 0, 0)
    assert counts(push_runs("mlflow", server.uri, store=here)) == (0, 0, 1)
    pull_runs("mlflow", server.uri, store=there)
    assert everything(there) == everything(here)
