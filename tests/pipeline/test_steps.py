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
    assert flow(steps_of(LOAD, FIT)) == [("make_df", (), ("df",)), ("make_y", ("df",), ("y",))]


def test_headings_group_cells_and_name_them():
    load, clean = (
        say("df = load()", binds="df", heading="1. Get the Data!"),
        say("df = df.dropna()", reads="df", binds="df", heading="1. Get the Data!"),
    )
    steps = steps_of(load, clean, FIT)
    assert flow(steps) == [("get_the_data", (), ("df",)), ("make_y", ("df",), ("y",))]
    assert steps[0] == Step("get_the_data", "1. Get the Data!", (), ("df",), ((1, 0), (2, 0)))


def test_a_named_step_wins_over_its_heading():
    line = say("df = load()", binds="df", heading="Data", step="fetch")
    assert [s.name for s in steps_of(line, FIT)] == ["fetch", "make_y"]


def test_names_never_collide():
    lines = [
        say("df = load()", binds="df", heading="Run"),
        say("a = f(df)", reads="df", binds="a", heading="df"),
        say("b = f(a)", reads="a", binds="b", heading="Run"),
        say("y = f(b)", reads="b", binds="y", heading="class"),
    ]
    assert [s.name for s in steps_of(*lines)] == ["run_step", "df_step", "run_step_2", "class_step"]


def test_constants_join_the_step_that_follows():
    steps = steps_of(say("n = 3", binds="n"), say("y = f(n)", reads="n", binds="y"))
    assert flow(steps) == [("make_y", (), ("y",))]
    assert steps[0].statements == ((1, 0), (2, 0))


def test_only_live_values_are_handed_on():
    lines = [
        say("a, b = load()", binds="a b"),
        say("c = f(a)", reads="a", binds="c"),
        say("y = f(c)", reads="c", binds="y"),
    ]
    assert flow(steps_of(*lines)) == [
        ("make_a", (), ("a",)),
        ("make_c", ("a",), ("c",)),
        ("make_y", ("c",), ("y",)),
    ]


def test_a_changed_value_is_taken_and_given_back():
    lines = [LOAD, say("df.sort()", reads="df", changes="df"), FIT]
    assert flow(steps_of(*lines))[1] == ("make_df_step", ("df",), ("df",))


def test_a_value_bound_on_some_way_is_taken_too():
    lines = [LOAD, say("if odd(): df = None", maybe="df", reads="odd"), FIT]
    lines.insert(0, say("def odd(): return False", binds="odd"))
    assert flow(steps_of(*lines))[1] == ("make_df_step", ("df",), ("df",))


def test_settings_of_the_process_keep_all_in_one_step():
    lines = [LOAD, say("set()", sets="pandas"), say("y = fit(df)", reads="df", heeds="pandas", binds="y")]
    (step,) = steps_of(*lines)
    assert step.statements == ((1, 0), (2, 0), (3, 0))


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
        ("locale", "", 1),
    ],
)
def test_what_only_shows_cuts_as_if_it_were_not_there(setting, heeds, count):
    fit = say("y = fit(df)", reads="df", binds="y", sets=setting, heeds=heeds)
    text = dump(make_history(LOAD, fit)).replace("warnings_shown", "warnings shown")
    history = load(History, text.encode())
    assert len(cut_pipeline(cut_slice(history, "y"), history).pipeline.steps) == count
