"""Which statements a slice keeps, by hand-made evidence: each case says the positions that have to stay."""

from __future__ import annotations

import pytest

from nbmlops.core.resource import Resource
from nbmlops.errors import UnknownNameError
from nbmlops.slicing.cutting import cut_slice
from nbmlops.slicing.reach import walk_back
from tests.core.trace import make_history, say

LOAD = say("df = read('/x.csv')", binds="df", opens="/x.csv")

CASES = {
    "a chain": ([LOAD, say("m = fit(df)", reads="df", binds="m")], "m", {0, 1}),
    "what nothing reads goes": ([LOAD, say("junk = 1", binds="junk")], "df", {0}),
    "a rebinding ends the chain": ([say("a = 1", binds="a"), say("a = 2", binds="a")], "a", {1}),
    "a rebinding that reads itself does not": (
        [say("a = 1", binds="a"), say("a = a + 1", reads="a", binds="a")],
        "a",
        {0, 1},
    ),
    "a mutation keeps what it changes": (
        [say("a = []", binds="a"), say("a.append(1)", reads="a", changes="a"), say("b = 1", binds="b")],
        "a",
        {0, 1},
    ),
    "a mutation before a rebinding goes": (
        [say("a = []", binds="a"), say("a.append(1)", reads="a", changes="a"), say("a = {}", binds="a")],
        "a",
        {2},
    ),
    "a conditional binding ends nothing": (
        [say("a = 1", binds="a"), say("if flag: a = 2", maybe="a", reads="flag")],
        "a",
        {0, 1},
    ),
    "a change after the last use goes": (
        [say("a = []", binds="a"), say("b = len(a)", reads="a", binds="b"), say("a.append(1)", changes="a")],
        "b",
        {0, 1},
    ),
    "deleted and made again": (
        [say("a = 1", binds="a"), say("del a", deletes="a"), say("a = 3", binds="a")],
        "a",
        {2},
    ),
    "a file is a dependency": (
        [
            say("df = 1", binds="df"),
            say("df.to_csv()", reads="df", writes="/y.csv"),
            say("e = read()", opens="/y.csv", binds="e"),
        ],
        "e",
        {0, 1, 2},
    ),
    "an overwritten file is not": (
        [say("w()", writes="/y"), say("w()", writes="/y"), say("e = read()", opens="/y", binds="e")],
        "e",
        {1, 2},
    ),
    "an appended file is": (
        [
            say("w()", writes="/y"),
            say("w()", appends="/y", opens="/y"),
            say("e = r()", opens="/y", binds="e"),
        ],
        "e",
        {0, 1, 2},
    ),
    "a setting stays in force": (
        [
            say("set()", sets="pandas"),
            say("set()", sets="decimal"),
            say("e = f()", heeds="pandas", binds="e"),
        ],
        "e",
        {0, 2},
    ),
    "a future import stays": (
        [say("from __future__ import annotations", binds="annotations"), say("a = 1", binds="a")],
        "a",
        {0, 1},
    ),
    "a statement that raised keeps the chain": (
        [say("a = []", binds="a"), say("a = f(a)", reads="a", binds="a", error="E: x", certain=False)],
        "a",
        {0, 1},
    ),
    "a helper's global": (
        [
            say("k = 2", binds="k"),
            say("def f(): return k", binds="f"),
            say("y = f()", reads="f", late="k", binds="y"),
        ],
        "y",
        {0, 1, 2},
    ),
}


def kept_positions(slice_):
    return {p for p, e in enumerate(slice_.explained) if e.kept}


@pytest.mark.parametrize(("lines", "name", "kept"), CASES.values(), ids=CASES.keys())
def test_slices(lines, name, kept):
    assert kept_positions(cut_slice(make_history(*lines), name)) == kept


def test_every_statement_has_a_reason():
    history = make_history(LOAD, say("junk = 1", binds="junk"), say("m = fit(df)", reads="df", binds="m"))
    load, junk, model = cut_slice(history, "m").explained
    assert load.reasons[0].resource == Resource("name", "df")
    assert "which `m = fit(df)` of execution 3 needs" in load.reasons[0].because
    assert "it makes `junk`, which nothing kept reads later" in junk.reasons[0].because
    assert model.certain


def test_an_assumed_change_is_not_certain():
    history = make_history(say("a = []", binds="a"), say("f(a)", reads="a", changes="a", certain=False))
    _, changed = cut_slice(history, "a").explained
    assert changed.kept
    assert not changed.certain


def test_inputs_are_what_nothing_kept_wrote():
    history = make_history(
        LOAD,
        say("df.to_csv()", reads="df", writes="/y.csv"),
        say("e = read() + ask()", opens="/y.csv", asks="urllib", binds="e"),
    )
    found = {str(read.resource) for read in cut_slice(history, "e").inputs}
    assert found == {"file:/x.csv", "outside:urllib"}


def test_an_input_has_the_digest_of_its_first_read():
    lines = [LOAD, say("a = read()", opens="/x.csv", reads="df", binds="a")]
    (entry,) = cut_slice(make_history(*lines), "a").inputs
    assert entry.content is not None


def test_missing_names_are_told_but_not_builtins_or_guesses():
    history = make_history(say("a = len(unseen)", reads="unseen len", may_read="guess", binds="a"))
    assert cut_slice(history, "a").missing == ("unseen",)


def test_until_an_earlier_execution():
    history = make_history(say("a = 1", binds="a"), say("a = 2", binds="a"))
    slice_ = cut_slice(history, "a", until=1)
    assert [s.code for s in slice_.kept] == ["a = 1"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("modle", "Did you mean 'model'?"),
        ("zzz", "Run the cell that makes it"),
        ("gone", "was deleted later"),
    ],
)
def test_unknown_names(name, said):
    history = make_history(
        say("model = 1", binds="model"), say("gone = 1", binds="gone"), say("del gone", deletes="gone")
    )
    with pytest.raises(UnknownNameError, match=f"'{name}'") as caught:
        cut_slice(history, name)
    assert said in str(caught.value)


def test_walking_back_leaves_open_what_nothing_made():
    statements = make_history(say("a = b", reads="b", binds="a")).statements()
    reached = walk_back(statements, [Resource("name", "a")])
    assert list(reached.kept) == [0]
    assert [r.key for r in reached.open_reads] == ["b"]
