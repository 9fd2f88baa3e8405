from __future__ import annotations

import pytest

from nbmlops.core.marks import ExperimentMark, read_marks
from nbmlops.faces.marks import ShownError, strip_marks


@pytest.mark.parametrize(
    ("cell", "stripped"),
    [
        ("a = 1\n", "a = 1\n"),
        ("%%step train\na = 1\n", "\na = 1\n"),
        ("%%step  clean_up \n%%time\na = 1\n", "%%time\na = 1\n"),
        ("%%private\na = 1\n", "\na = 1\n"),
        ("%%private\n%%step train\na = 1\n", "\n\na = 1\n"),
        ("%%experiment 'deep <b>' --metric acc f1 --note 'a \"b\"'\na = 1\n", "\na = 1\n"),
        ("%%steps x\na\n", "%%steps x\na\n"),
        ("%%time\n%%step x\n", "%%time\n%%step x\n"),
        ("%%private", "\n"),
    ],
)
def test_a_marked_cell_is_an_ordinary_one(cell, stripped):
    assert "".join(strip_marks(cell.splitlines(keepends=True))) == stripped


@pytest.mark.parametrize("line", ["%%step\n", "%%step two words\n", "%%step 1st\n", "%%step a.b\n"])
def test_a_step_needs_a_name(line):
    with pytest.raises(ShownError, match="Type `%%step NAME`"):
        strip_marks([line, "a = 1\n"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%%experiment", "has no name"),
        ("%%experiment --note x", "has no name"),
        ("%%experiment deep now", "does not take 'now' here"),
        ("%%experiment deep --parameters x", "does not take '--parameters' here"),
        ("%%experiment deep --metric 1acc", "'1acc' is no name"),
        ("%%experiment 'deep", "no closing quotation"),
    ],
)
def test_an_experiment_is_told_as_it_has_to_be(line, said):
    with pytest.raises(ShownError, match=said):
        strip_marks([line, "a = 1\n"])


def test_what_an_experiment_says():
    marks = read_marks(["%%experiment deep --parameter depth rate --metric acc --note tried on a whim", "x"])
    assert marks.experiment == ExperimentMark("deep", ("depth", "rate"), ("acc",), "tried on a whim")
    assert marks.lines == 1


def test_no_line_at_all():
    assert strip_marks([]) == []
