"""Histories: given back as they were, found by what they bound, with the values they left."""

from __future__ import annotations

import dataclasses

import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.core.resource import Effect, Resource
from nbmlops.core.value import SavedValue
from nbmlops.errors import StoreError, UnknownNameError
from nbmlops.store.opening import open_store


def test_round_trip(store, make_history, make_execution):
    executions = (make_execution(1, "df"), make_execution(2, "model", source="# über\nmodel = '\ud800\x00'"))
    history = make_history(notebook="/home/me/a\udcff.ipynb")
    store.histories.begin(history)
    for execution in executions:
        store.histories.add_execution(history.id, execution, [b"state"])
    assert store.histories.load(history.id) == dataclasses.replace(history, executions=executions)
    assert store.histories.header(history.id) == history
    assert store.histories.count_executions() == 2
    assert store.contents.get(digest_bytes(b"state")) == b"state"


def test_begin_with_executions(store, make_history, make_execution):
    history = make_history(executions=(make_execution(1, "df"),))
    store.histories.begin(history)
    assert store.histories.load(history.id) == history


def test_number_is_used_once(store, make_history, make_execution):
    store.histories.begin(make_history())
    store.histories.add_execution(make_history().id, make_execution(1, "df"))
    with pytest.raises(StoreError):
        store.histories.add_execution(make_history().id, make_execution(1, "other"), [b"new"])
    assert not store.contents.has(digest_bytes(b"new"))
    assert store.histories.latest("other") is None


def test_execution_of_no_history(store, make_execution):
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.histories.add_execution("nowhere", make_execution(1, "df"))


def test_content_over_a_cap_costs_only_itself(path, make_history, make_execution):
    with open_store(path, value_cap=10) as store:
        store.histories.begin(make_history())
        notes = store.histories.add_execution(make_history().id, make_execution(1), [b"x" * 11, b"small"])
        assert len(notes) == 1
        assert store.contents.has(digest_bytes(b"small"))
        assert store.histories.count_executions() == 1


def test_latest(store, make_history, make_execution):
    store.histories.begin(make_history("one", "2026-01-01", notebook="/home/me/a.ipynb"))
    store.histories.begin(make_history("two", "2026-01-02", notebook="/home/me/b.ipynb"))
    store.histories.begin(make_history("empty", "2026-01-03"))
    store.histories.add_execution("one", make_execution(1, "df", "model"))
    store.histories.add_execution("two", make_execution(1, "df"))
    histories = store.histories
    assert histories.latest() == "two"
    assert histories.latest("df") == "two"
    assert histories.latest("model") == "one"
    assert histories.latest("nothing") is None
    assert histories.latest("df", "/home/me/a.ipynb") == "one"
    assert histories.latest("model", "/home/me/b.ipynb") is None
    assert [header.id for header in histories.list_headers()] == ["empty", "two", "one"]


def test_latest_counts_names_only(store, make_history, make_execution):
    execution = make_execution(1)
    effects = (
        Effect(Resource("file", "df"), "written", "opened"),
        Effect(Resource("name", "df"), "deleted", "del"),
    )
    statement = dataclasses.replace(execution.statements[0], effects=effects)
    store.histories.begin(make_history())
    store.histories.add_execution(make_history().id, dataclasses.replace(execution, statements=(statement,)))
    assert store.histories.latest("df") is None


def test_latest_with_nothing_executed(store, make_history):
    assert store.histories.latest() is None
    store.histories.begin(make_history())
    assert store.histories.latest() == make_history().id


def test_notebook_is_known_later(store, make_history, tmp_path, monkeypatch):
    store.histories.begin(make_history())
    store.histories.set_notebook(make_history().id, str(tmp_path / "a.ipynb"))
    assert store.histories.header(make_history().id).notebook == str(tmp_path / "a.ipynb")
    assert store.histories.header(make_history().id).environment == make_history().environment
    monkeypatch.chdir(tmp_path)
    assert store.histories.latest(notebook="a.ipynb") == make_history().id


def test_resolve(store, make_history):
    with pytest.raises(UnknownNameError, match=r"holds no history yet.*`nbmlops run NOTEBOOK`\.$"):
        store.histories.resolve("last")
    ids = ("20260101-000000-aaaaaa", "20260101-000000-bbbbbb", "20260102-000000-cccccc")
    for key in ids:
        store.histories.begin(make_history(key, key))
    assert store.histories.resolve("last") == ids[2]
    assert store.histories.resolve(ids[0]) == ids[0]
    assert store.histories.resolve("20260102") == ids[2]
    with pytest.raises(UnknownNameError, match="begins the ids of 2 histories"):
        store.histories.resolve("20260101")
    for unknown in ("20260101-000000-aaaaab", "", "%"):
        with pytest.raises(UnknownNameError, match=r"close: .*20260101-000000-aaaaaa"):
            store.histories.resolve(unknown)


def test_finish_keeps_values(store, make_history, make_execution):
    history = make_history().id
    store.histories.begin(make_history())
    store.histories.add_execution(history, make_execution(1, "model"))
    early = SavedValue("model", "Forest", "d" * 64, codec="pickle")
    store.histories.save_values(history, 1, [(early, b"early")])
    store.histories.add_execution(history, make_execution(2, "model", "plot"))
    late = SavedValue("model", "Forest", "e" * 64, codec="pickle")
    plot = SavedValue("plot", "Axes", None, note="cannot be described")
    kept = store.histories.finish(history, "2026-01-02", [(late, b"later"), (plot, None)])
    assert kept[0] == dataclasses.replace(late, content=digest_bytes(b"later"), size=5)
    assert store.histories.saved_value(history, "model") == kept[0]
    assert store.histories.saved_value(history, "plot") == plot
    assert store.histories.saved_value(history, "nothing") is None
    assert store.histories.saved_values(history) == kept
    assert store.histories.header(history).ended == "2026-01-02"
    assert store.contents.has(digest_bytes(b"early"))


def test_value_is_kept_again(store, make_history):
    store.histories.begin(make_history())
    first = SavedValue("x", "int", "a" * 64)
    second = SavedValue("x", "int", "b" * 64)
    store.histories.save_values(make_history().id, 0, [(first, b"1")])
    store.histories.save_values(make_history().id, 0, [(second, b"2")])
    assert store.histories.saved_value(make_history().id, "x").digest == "b" * 64


def test_value_over_the_cap_keeps_its_digest(path, make_history):
    with open_store(path, value_cap=10) as store:
        store.histories.begin(make_history())
        big = SavedValue("df", "DataFrame", "a" * 64, codec="parquet")
        (kept,) = store.histories.finish(make_history().id, "2026", [(big, b"x" * 11)])
        assert (kept.digest, kept.content, kept.size) == ("a" * 64, None, 11)
        assert "cap of one value" in kept.note
        assert store.histories.saved_value(make_history().id, "df") == kept


def test_a_value_that_changed_since_is_not_taken_for_the_last(store, make_history, make_execution):
    store.histories.begin(make_history())
    key = make_history().id
    store.histories.add_execution(key, make_execution(1, "df", "other"))
    saved = [(SavedValue(name, "int", "d" * 64), b"1") for name in ("df", "other")]
    store.histories.save_values(key, 1, saved)
    assert store.histories.saved_value(key, "df") is not None
    store.histories.add_execution(key, make_execution(2, "df"))
    assert store.histories.saved_value(key, "df") is None
    assert [value.name for value in store.histories.saved_values(key)] == ["other"]
    assert [number for number, _ in store.histories.saved_versions(key, "df")] == [1]
    assert store.histories.changed_at(key, "df") == (1, 2)
