"""What a slice says beside the statements: reasons, inputs, restored states, missing names."""

from __future__ import annotations

import itertools

import pytest

from nbmlops.core.history import Environment, Execution, History, Statement
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.errors import UnknownNameError
from nbmlops.slicing.cutting import cut_slice


def read(key, kind="name", **more):
    return Read(Resource(kind, key), "test", **more)


def bind(key, kind="name", change="bound", definite=True, **more):
    return Effect(Resource(kind, key), change, "test", definite=definite, **more)


def change(key, kind="name", **more):
    return bind(key, kind, "changed", definite=False, **more)


def draw(stream="numpy"):
    return {"reads": (read(stream, "random"),), "effects": (bind(stream, "random", "moved", definite=False),)}


def history(*statements):
    """A history of one statement a cell: each a code with its reads and effects."""
    numbers = itertools.count(1)
    executions = tuple(
        Execution(n, f"c{n}", code, "ok", "", 0.0, statements=(Statement(n, 0, 1, code, code, **more),))
        for (code, more), n in zip(statements, numbers, strict=False)
    )
    return History("h", None, "/work", "", Environment("3.11.0", "Linux"), executions=executions)


def kept(slice_):
    return [s.code for s in slice_.kept]


def test_rebinding_ends_a_chain_and_a_change_does_not():
    recorded = history(
        ("a = old", {"effects": (bind("a"),)}),
        ("a = []", {"effects": (bind("a"),)}),
        ("a.append(1)", {"reads": (read("a"),), "effects": (change("a"),)}),
        ("if b: a = 2", {"effects": (bind("a", definite=False),)}),
        ("print(a)", {"reads": (read("a"),)}),
    )
    assert kept(cut_slice(recorded, "a")) == ["a = []", "a.append(1)", "if b: a = 2"]


def test_every_statement_has_a_reason():
    recorded = history(
        ("a = 1", {"effects": (bind("a"),)}),
        ("c = 2", {"effects": (bind("c"),)}),
        ("b = a", {"reads": (read("a"),), "effects": (bind("b"),)}),
    )
    found = cut_slice(recorded, "b").explained
    assert [e.kept for e in found] == [True, False, True]
    assert all(e.reasons and e.reasons[0].because for e in found)
    assert "which `b = a` of execution 3 needs" in found[0].reasons[0].because


def test_files_are_followed_and_what_came_from_outside_is_an_input():
    recorded = history(
        ("df = read('in')", {"reads": (read("/in", "file", content="d1"),), "effects": (bind("df"),)}),
        ("write(df)", {"reads": (read("df"),), "effects": (bind("/tmp", "file", "written"),)}),
        ("back = read('tmp')", {"reads": (read("/tmp", "file", content="d2"),), "effects": (bind("back"),)}),
    )
    found = cut_slice(recorded, "back")
    assert len(found.kept) == 3
    assert [(r.resource.key, r.content) for r in found.inputs] == [("/in", "d1")]


def test_the_first_reading_of_an_input_tells_its_digest():
    recorded = history(
        ("a = read()", {"reads": (read("/in", "file", content="then"),), "effects": (bind("a"),)}),
        (
            "b = a + read()",
            {"reads": (read("a"), read("/in", "file", content="now")), "effects": (bind("b"),)},
        ),
    )
    assert [r.content for r in cut_slice(recorded, "b").inputs] == ["then"]


def test_a_seed_is_kept_with_the_draws_after_it():
    recorded = history(
        ("np.random.seed(0)", {"effects": (bind("numpy", "random", "seeded"),)}),
        ("np.random.rand()", draw()),
        ("x = np.random.rand()", {**draw(), "effects": (*draw()["effects"], bind("x"))}),
    )
    found = cut_slice(recorded, "x")
    assert len(found.kept) == 3
    assert found.restores == ()


def test_an_unseeded_draw_is_restored_and_those_before_it_go():
    recorded = history(
        ("np.random.rand()", {**draw(), "origin": (("numpy", "s1"),)}),
        (
            "x = np.random.rand()",
            {**draw(), "effects": (*draw()["effects"], bind("x")), "origin": (("numpy", "s2"),)},
        ),
    )
    found = cut_slice(recorded, "x")
    assert kept(found) == ["x = np.random.rand()"]
    assert [(r.place, r.content, r.after) for r in found.restores] == [((2, 0), "s2", False)]


def test_a_long_chain_of_draws_is_replaced_by_its_state():
    draws = [(f"d{i} = np.random.rand()", {**draw(), "origin": (("numpy", f"s{i}"),)}) for i in range(9)]
    recorded = history(
        ("np.random.seed(0)", {"effects": (bind("numpy", "random", "seeded"),)}),
        *draws,
        (
            "x = np.random.rand()",
            {**draw(), "effects": (*draw()["effects"], bind("x")), "origin": (("numpy", "s"),)},
        ),
    )
    found = cut_slice(recorded, "x")
    assert kept(found) == ["x = np.random.rand()"]
    assert [r.content for r in found.restores] == ["s"]


def test_future_imports_are_always_kept():
    recorded = history(
        ("from __future__ import annotations", {"effects": (bind("annotations"),)}),
        ("x = 1", {"effects": (bind("x"),)}),
    )
    assert len(cut_slice(recorded, "x").kept) == 2


def test_missing_names_are_told():
    recorded = history(("y = x + len([])", {"reads": (read("x"), read("len")), "effects": (bind("y"),)}))
    assert cut_slice(recorded, "y").missing == ("x",)


def test_a_deleted_name_cannot_be_sliced():
    recorded = history(
        ("x = 1", {"effects": (bind("x"),)}),
        ("del x", {"effects": (bind("x", change="deleted"),)}),
    )
    with pytest.raises(UnknownNameError, match="was deleted"):
        cut_slice(recorded, "x")


def test_only_statements_that_ran_count():
    recorded = history(
        ("x = 1", {"effects": (bind("x"),)}),
        ("x = 2", {"effects": (bind("x"),), "outcome": "not run"}),
    )
    assert kept(cut_slice(recorded, "x")) == ["x = 1"]


def test_until_looks_no_further():
    recorded = history(("x = 1", {"effects": (bind("x"),)}), ("x = 2", {"effects": (bind("x"),)}))
    assert kept(cut_slice(recorded, "x", until=1)) == ["x = 1"]
