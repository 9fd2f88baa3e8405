"""Runs: found again by their metrics, merged by nobody here, and never older than their history."""

from __future__ import annotations

import pytest

from nbmlops.core.run import MetricValue, Run, RunQuery
from nbmlops.errors import UsageError
from nbmlops.store.runs import read_condition


def make_run(key, accuracy=None, started="2026-01-01", experiment="a", history="h"):
    metrics = () if accuracy is None else (MetricValue("accuracy", accuracy, "accuracy_score", 3),)
    return Run(
        key,
        experiment,
        history,
        "model",
        "Tree",
        (("depth", 3),),
        metrics,
        (),
        1,
        "finished",
        started,
        (1, 2),
    )


@pytest.fixture
def filled(store, make_history):
    store.histories.begin(make_history("h"))
    store.histories.begin(make_history("i"))
    runs = [make_run(f"r{at}", at / 10, f"2026-01-{at + 10}", "ab"[at % 2]) for at in range(9)]
    store.runs.keep("h", [*runs, make_run("none")], 0, False, 1)
    store.runs.keep("i", [make_run("r3", 0.3, history="i")], 0, True, 1)
    return store


def ids(store, **query):
    return [run.id for run in store.runs.search(RunQuery(**query))]


def test_search(filled):
    assert ids(filled, limit=2) == ["r8", "r7"]
    assert ids(filled, sort="accuracy", limit=3) == ["r8", "r7", "r6"]
    assert ids(filled, sort="accuracy", descending=False, limit=2) == ["r0", "r1"]
    assert ids(filled, conditions=("accuracy>0.25", "accuracy<=0.5"), sort="accuracy") == [
        "r5",
        "r4",
        "r3",
        "r3",
    ]
    assert ids(filled, experiment="b", sort="accuracy", limit=2) == ["r7", "r5"]
    assert ids(filled, sort="loss") == []
    assert set(ids(filled)) == {*(f"r{at}" for at in range(9)), "none"}
    assert filled.runs.search(RunQuery(sort="accuracy", limit=1)) == (make_run("r8", 0.8, "2026-01-18", "a"),)


def test_unread_histories(filled, make_execution):
    assert filled.runs.list_unread(1) == ()
    assert set(filled.runs.list_unread(2)) == {"h", "i"}
    filled.histories.add_execution("h", make_execution(1, "df"))
    assert filled.runs.list_unread(1) == ("h",)
    filled.runs.keep("h", [make_run("new", 1.0)], 1, False, 1)
    assert filled.runs.list_unread(1) == ()
    assert "r8" not in ids(filled)
    filled.histories.finish("h", "2026")
    assert filled.runs.list_unread(1) == ("h",)
    filled.runs.drop("i")
    assert set(filled.runs.list_unread(1)) == {"h", "i"}
    assert filled.check() == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("accuracy>0.8", ("accuracy", ">", 0.8)),
        (" r2 <= -1e-3 ", ("r2", "<=", -0.001)),
        ("test f1=1", ("test f1", "=", 1.0)),
    ],
)
def test_conditions(text, found):
    assert read_condition(text) == found


@pytest.mark.parametrize("text", ["accuracy", ">0.8", "accuracy>high", "a>1; drop table runs"])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(UsageError, match="is no condition"):
        read_condition(text)
