"""How statements become steps: their names, what they take and what they make."""

from __future__ import annotations

import pytest

from nbmlops.core.encoding import dump, load
from nbmlops.core.history import History
from nbmlops.core.pipeline import Step
from nbmlops.errors import ExportError
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.slicing.cutting import cut_slice
from tests.core.trace import make_history, say


def steps_of(*lines, name="y"):
    history = make_history(*lines)
    return cut_pipeline(cut_slice(history, name), history).pipeline.steps


def flow(steps):
    return [(s.name, s.inputs, s.outputs) for s in steps]


LOAD = say("df = load()", binds="df")
FIT = say("y = fit(df)", reads="df", binds="y")


def test_cells_become_steps():
    assert flow(steps_of(LOAD, FIT)) == [("load_data", (), ("df",)), ("fit_y", ("df",), ("y",))]


def test_headings_group_cells_and_name_them():
    load, clean = (
        say("df = load()", binds="df", heading="1. Get the Data!"),
        say("df = df.dropna()", reads="df", binds="df", heading="1. Get the Data!"),
    )
    steps = steps_of(load, clean, FIT)
    assert flow(steps) == [("get_the_data", (), ("df",)), ("fit_y", ("df",), ("y",))]
    assert steps[0] == Step("get_the_data", "1. Get the Data!", (), ("df",), ((1, 0), (2, 0)))


def test_a_named_step_wins_over_its_heading():
    line = say("df = load()", binds="df", heading="Data", step="fetch")
    assert [s.name for s in steps_of(line, FIT)] == ["fetch", "fit_y"]


def test_names_never_collide():
    lines = [
        say("df = load()", binds="df", heading="Run"),
        say("a = f(df)", reads="df", binds="a", heading="df"),
        say("b = f(a)", reads="a", binds="b", step="Run"),
        say("y = f(b)", reads="b", binds="y", heading="class"),
    ]
    assert [s.name for s in steps_of(*lines)] == ["run_step", "df_step", "run_step_2", "class_step"]


def test_constants_stand_in_each_step_that_uses_them():
    lines = [say("n = 3", binds="n"), LOAD, say("a = f(df, n)", reads="df n", binds="a", heading="A")]
    steps = steps_of(*lines, say("y = f(a, n)", reads="a n", binds="y", heading="B"))
    assert flow(steps) == [
        ("load_data", (), ("df",)),
        ("a_step", ("df",), ("a",)),
        ("b", ("a",), ("y",)),
    ]
    assert [s.statements for s in steps] == [((2, 0),), ((1, 0), (3, 0)), ((1, 0), (4, 0))]


def test_a_constant_that_is_asked_for_is_handed_on():
    assert flow(steps_of(say("n = 3", binds="n"), name="n")) == [("make_n", (), ("n",))]


def test_a_constant_that_a_function_looks_up_is_shared():
    lines = [say("n = 3", binds="n"), say("def f(x):\n    return x * n", binds="f", late="n")]
    history = make_history(*lines, say("y = f(2)", reads="f", late="n", binds="y"))
    plan = cut_pipeline(cut_slice(history, "y"), history)
    assert plan.shared == {"n"}
    assert plan.pipeline.steps[0].statements[0] == (1, 0)


def test_only_live_values_are_handed_on():
    lines = [
        say("a, b = load()", binds="a b", step="load"),
        say("c = f(a)", reads="a", binds="c", step="make"),
        say("y = f(c)", reads="c", binds="y", step="fit"),
    ]
    assert flow(steps_of(*lines)) == [
        ("load", (), ("a",)),
        ("make", ("a",), ("c",)),
        ("fit", ("c",), ("y",)),
    ]


def test_a_changed_value_is_taken_and_given_back():
    lines = [LOAD, say("df.sort()", reads="df", changes="df", heading="sort"), FIT]
    assert flow(steps_of(*lines))[1] == ("sort", ("df",), ("df",))


def test_a_value_bound_on_some_way_is_taken_too():
    lines = [LOAD, say("if odd(): df = None", maybe="df", reads="odd", heading="check"), FIT]
    lines.insert(0, say("def odd(): return False", binds="odd"))
    assert flow(steps_of(*lines))[1] == ("check", ("df",), ("df",))


def test_no_cut_between_a_setting_and_who_heeds_it():
    lines = [
        LOAD,
        say("set()", sets="pandas", heading="A"),
        say("a = f(df)", reads="df", heeds="pandas", binds="a", heading="B"),
        say("y = fit(a)", reads="a", binds="y", heading="C"),
    ]
    assert [s.statements for s in steps_of(*lines)] == [((1, 0),), ((2, 0), (3, 0)), ((4, 0),)]


def test_no_cut_after_what_files_may_depend_on():
    lines = [
        LOAD,
        say("chdir()", sets="cwd", heading="A"),
        say("a = f(df)", reads="df", heeds="cwd", binds="a", heading="B"),
        say("y = fit(a)", reads="a", binds="y", heading="C"),
    ]
    assert [s.statements for s in steps_of(*lines)] == [((1, 0),), ((2, 0), (3, 0), (4, 0))]


def test_named_steps_are_one_where_a_setting_holds():
    lines = [
        say("df = load()", binds="df", sets="locale", step="one"),
        say("y = fit(df)", reads="df", heeds="locale", binds="y", step="two"),
    ]
    assert flow(steps_of(*lines)) == [("one", (), ("y",))]


def test_what_no_cell_defines_cannot_be_cut():
    history = make_history(say("y = f(unseen)", reads="unseen", binds="y"))
    with pytest.raises(ExportError, match="'y' cannot be exported: cell 1 reads `unseen`"):
        cut_pipeline(cut_slice(history, "y"), history)


@pytest.mark.parametrize(
    ("setting", "heeds", "count"),
    [
        ("warnings_shown", "", 2),
        ("warnings_shown", "warnings_shown", 1),
        ("figures", "", 2),
        ("locale", "locale", 1),
    ],
)
def test_what_only_shows_cuts_as_if_it_were_not_there(setting, heeds, count):
    load_all = say("df = load()", binds="df", sets=setting)
    fit = say("y = fit(df)", reads="df", binds="y", heeds=heeds)
    text = dump(make_history(load_all, fit)).replace("warnings_shown", "warnings shown")
    history = load(History, text.encode())
    assert len(cut_pipeline(cut_slice(history, "y"), history).pipeline.steps) == count
