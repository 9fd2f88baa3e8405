"""Runs: found again by their metrics, merged by nobody here, and never older than their history."""

from __future__ import annotations

import dataclasses
import math

import pytest

from nbmlops.core.run import MetricValue, Run, RunQuery
from nbmlops.errors import UnknownNameError, UsageError
from nbmlops.store.naming import check_names

LATER = ("j", "k1", "k2", "k3")


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
    for other in LATER:
        store.histories.begin(make_history(other))
        store.runs.keep(other, [], 0, False, 1)
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
    assert set(filled.runs.list_unread(2)) >= {"h", "i"}
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
    ("asked", "found"),
    [
        ("accuracy > 0.55 and accuracy < 0.75", {"r6", "r7"}),
        ("metrics.accuracy = 0.3 or accuracy = 0.4", {"r3", "r4"}),
        ("not accuracy >= 0.1", {"r0", "none"}),
        ("experiment = b and accuracy > 0.6", {"r7"}),
        ("started >= 2026-01-17", {"r7", "r8"}),
        ("parameters.depth = 3 and run contains non", {"none"}),
        ("depth > 3", set()),
        ("kind = ' small '", {"r5"}),
        ("flag = true", {"r5"}),
        ("model = tree and occurrences >= 2", {"r3", "r5"}),
        ("tags.team = 'A b' ", {"r2"}),
        ("accuracy = tree", set()),
        ("status = failed", set()),
    ],
)
def test_filters(filled, asked, found):
    other = (("depth", 3), ("kind", " small "), ("flag", True), ("nothing", None))
    run = dataclasses.replace(make_run("r5", 0.5, "2026-01-15", "b"), parameters=other)
    filled.runs.keep("j", [run], 0, True, 1)
    filled.runs.mark("r2", "tag team", "a b", "2026")
    assert set(ids(filled, conditions=(asked,))) == found


def test_a_filter_that_does_not_parse_points_at_the_place(filled):
    with pytest.raises(UsageError, match=r"accuracy > high >\n {18}\^"):
        ids(filled, conditions=("accuracy > high >",))


def test_children_are_listed_by_their_parent_only(filled):
    child = dataclasses.replace(make_run("r8.1", 0.95), parent="r8")
    filled.runs.keep("j", [child], 0, True, 1)
    assert ids(filled, sort="accuracy", limit=1) == ["r8"]
    assert ids(filled, parent="r8") == ["r8.1"]


def test_what_people_say_of_a_run(filled):
    filled.runs.mark("r1", "note", "the good one", "2026")
    filled.runs.mark("r1", "tag team", "blue", "2026")
    filled.runs.mark("r1", "pinned", "", "2026")
    filled.runs.mark("r2", "archived", "", "2026")
    (run,) = filled.runs.search(RunQuery(conditions=("run = r1",)))
    assert (run.note, run.tags, run.pinned, run.archived) == (
        "the good one",
        (("team", "blue"),),
        True,
        False,
    )
    assert "r2" not in ids(filled)
    assert "r2" in ids(filled, archived=True)
    filled.runs.mark("r2", "archived", None, "2026")
    assert "r2" in ids(filled)


def test_series_and_strange_numbers_come_back(filled):
    points = (0.5, math.inf, -math.inf)
    run = dataclasses.replace(make_run("s"), metrics=(MetricValue("loss", math.inf, "", 1, points),))
    filled.runs.keep("j", [run], 0, True, 1)
    (found,) = filled.runs.search(RunQuery(conditions=("run = s",)))
    assert found.metrics == run.metrics


def test_sorting_by_a_parameter(filled):
    for number in (3, 1, 2):
        run = dataclasses.replace(make_run(f"p{number}"), parameters=(("C", number * 1.5),))
        filled.runs.keep(f"k{number}", [run], 0, True, 1)
    assert ids(filled, sort="C") == ["p3", "p2", "p1"]
    assert ids(filled, sort="parameters.C", descending=False, limit=1) == ["p1"]


def test_the_beginning_of_an_id_is_enough(filled):
    assert filled.runs.resolve("non") == "none"
    assert filled.runs.resolve("r3") == "r3"
    assert filled.runs.resolve("r") is None
    assert filled.runs.resolve("%") is None


def test_forgetting_a_history_takes_what_was_said_of_its_runs(filled):
    filled.runs.mark("r1", "note", "mine", "2026")
    filled.runs.mark("r3", "note", "shared", "2026")
    filled.runs.forget("h")
    assert filled.database.rows("select run from run_marks") == [("r3",)]
    assert ids(filled) == ["r3"]


@pytest.mark.parametrize(
    ("asked", "what", "then"),
    [
        ("acuracy < 1", "a metric or a parameter 'acuracy'", "Did you mean 'accuracy'?"),
        ("model = Tree and not DEPTH > 5", "a metric or a parameter 'DEPTH'", "Did you mean 'depth'?"),
        ("modle = Tree", "a metric or a parameter 'modle'", "Did you mean 'model'?"),
        ("metrics.depth > 1", "a metric 'depth'", "List them"),
        ("tags.taem = blue", "a tag 'taem'", "Did you mean 'team'?"),
        ("accuracy > 9 or xyz = 1", "a metric or a parameter 'xyz'", "List them"),
    ],
)
def test_names_that_no_run_has(filled, asked, what, then):
    filled.runs.mark("r1", "tag team", "red", "2026-01-01")
    with pytest.raises(UnknownNameError, match=what) as refused:
        check_names(filled.runs, [asked])
    assert then in str(refused.value)


@pytest.mark.parametrize("asked", ["accuracy > 9", "depth = 8", "tags.team = blue", "started > 2030"])
def test_names_that_some_run_has(filled, asked):
    filled.runs.mark("r1", "tag team", "red", "2026-01-01")
    check_names(filled.runs, [asked])


def test_an_empty_store_knows_no_wrong_name(store):
    check_names(store.runs, ["accuracy > 9"])
