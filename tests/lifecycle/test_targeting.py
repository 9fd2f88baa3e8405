"""What targets bring is a part of the export, never in the place of another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbmlops.core.pipeline import InputFile
from nbmlops.errors import ExportError, UsageError
from nbmlops.lifecycle.targeting import choose_targets, describe_export, render_targets, tell_targets
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.plugins.target import Target
from nbmlops.slicing.cutting import cut_slice
from tests.core.trace import make_history, say

LOAD = say("df = load('/home/me/a.csv')", binds="df", opens="/home/me/a.csv")
COUNT = say("n = 3", binds="n")
FIT = say("y = fit(df, n)", reads="df n", binds="y")


def describe(*lines, files=("pipeline.py", "pipeline.ipynb", "tests/golden.json"), directory="/home/me/out"):
    history = make_history(*lines)
    plan = cut_pipeline(cut_slice(history, "y"), history)
    inputs = [InputFile("../a.csv", i.digest, i.parameter) for i in plan.pipeline.inputs]
    defaults = {i.parameter: i.path for i in inputs if i.parameter}
    return describe_export(plan, history, Path(directory), inputs, defaults, files)


def test_steps_in_a_line_with_what_each_uses():
    context = describe(LOAD, COUNT, FIT)
    assert [(s.words, s.before, s.makes) for s in context.steps] == [
        (("step", "load_a"), None, "steps/load_a.pkl"),
        (("step", "fit_y"), "steps/load_a.pkl", "y.pkl"),
    ]
    assert [(s.parameters, s.inputs) for s in context.steps] == [(("a",), ("../a.csv",)), (("n",), ())]
    known = [(p.name, p.flag, p.default) for p in context.parameters]
    assert known == [("a", "--a", "../a.csv"), ("n", "--n", 3)]
    assert context.code == ("pipeline.py",)


@pytest.mark.parametrize(
    "lines",
    [
        [say("df.to_csv('b.csv')", binds="df", writes="/home/me/b.csv"), FIT],
        [say("def y():\n    return 1", binds="y")],
    ],
    ids=["files are handed on", "no step"],
)
def test_what_cannot_be_taken_apart_is_one_step(lines):
    reader = say("df = load('b.csv')", binds="df", opens="/home/me/b.csv")
    context = describe(*lines[:-1], *([reader, COUNT] if len(lines) > 1 else []), lines[-1])
    assert [(s.name, s.words, s.before, s.makes) for s in context.steps] == [("run", (), None, "y.pkl")]
    assert context.writes == (("b.csv",) if len(lines) > 1 else ())


def test_where_it_stands_in_its_repository(tmp_path):
    (tmp_path / ".git").mkdir()
    assert describe(LOAD, COUNT, FIT, directory=tmp_path / "a" / "b").folder == "a/b"


def bring(*paths, name="ship"):
    return Target(name, "export", "a ship", lambda context: dict.fromkeys(paths, "afloat\n"))


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["pipeline.py"], "the export itself has 'pipeline.py'"),
        (["PIPELINE.py"], "the export itself has 'pipeline.py'"),
        (["tests"], "the export itself has 'tests/golden.json'"),
        (["pipeline.py/x"], "the export itself has 'pipeline.py'"),
        (["proof.json"], "the export itself has 'proof.json'"),
        (["../outside"], "no place in an export"),
        (["/etc/passwd"], "no place in an export"),
        (["a//b"], "no place in an export"),
    ],
)
def test_files_that_are_not_a_targets_to_write(paths, message):
    context = describe(LOAD, COUNT, FIT)
    with pytest.raises(ExportError, match=f"The target 'ship' wants to write .*{message}.*--for ship"):
        render_targets([bring(*paths)], context, ["pipeline.py", "tests/golden.json"])


def test_two_targets_with_one_file():
    context = describe(LOAD, COUNT, FIT)
    with pytest.raises(ExportError, match="the target 'boat' has 'mast'"):
        render_targets([bring("mast", name="boat"), bring("sail", "mast")], context, ["pipeline.py"])
    assert render_targets([bring("a/b"), bring("a/c", name="boat")], context, []) == {
        "a/b": b"afloat\n",
        "a/c": b"afloat\n",
    }


def test_an_unknown_target_is_told_before_anything_else():
    with pytest.raises(UsageError, match=r"no target 'airfow' for an export; close: airflow"):
        choose_targets(["make", "airfow"])


def test_it_is_told_where_engines_cannot_take_steps_apart():
    write = say("df.to_csv('b.csv')", reads="df", writes="/home/me/b.csv")
    read = say("y = load('b.csv')", binds="y", opens="/home/me/b.csv")
    targets = choose_targets(["make", "make", "dvc"])
    alone, apart = describe(LOAD, write, read), describe(LOAD, COUNT, FIT)
    assert [note.partition(":")[0] for note in tell_targets(targets, apart)] == ["make", "dvc"]
    assert tell_targets(targets, alone)[-1].endswith("one step, for its statements write 'b.csv' on the way.")
    assert tell_targets([], alone) == []
