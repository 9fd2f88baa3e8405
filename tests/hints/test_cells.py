"""Hints about cells: what their text was when a value was made, and what it is now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nbmlops.core.hint import CellText
from nbmlops.hints.finding import list_hints
from tests.capture.recorded_shell import record_cells

LATER = "9999"


def history_of(*cells):
    """Record cells given as (id, source)."""
    history, _, _ = record_cells([source for _, source in cells])
    named = [replace(e, cell=cell) for e, (cell, _) in zip(history.executions, cells, strict=True)]
    return replace(history, executions=tuple(named))


OLD = [
    [("a", "depth = 3"), ("a", "width = 5"), ("b", "area = depth * 2")],
    [("a", "depth = 3"), ("a", "depth = 1 / 0"), ("b", "area = depth * 2")],
    [("a", "def f():\n    return 3"), ("a", "x = 1"), ("b", "f()")],
    [("a", "rows = [1, 2]"), ("a", "rows.append(3)"), ("b", "len(rows)")],
]
CURRENT = [
    [("a", "depth = 3"), ("b", "area = depth * 2")],
    [("a", "depth = 3"), ("a", "depth = 5"), ("b", "area = depth * 2")],
    [("a", "depth = 3"), ("a", "depth = 3  # deeper"), ("b", "area = depth * 2")],
    [("a", "depth = 3"), ("a", "width = 5"), ("c", "depth = 4"), ("b", "area = depth * 2")],
    [("a", "depth = 3\nx = 1"), ("a", "1 / 0\ndepth = 3\nx = 1"), ("b", "area = depth * 2")],
    [("a", "depth = 3"), ("a", "width = ("), ("b", "area = depth * 2")],
    [("a", "import math"), ("a", "width = 5"), ("b", "math.pi")],
    [("a", "depth = 3"), ("a", "if depth:\n    depth = 3"), ("b", "area = depth * 2")],
    [("a", "depth = 3"), ("a", "width = 5"), ("b", "area = missing + depth")],
    [("a", "depth = 3"), ("a", "width = 5"), ("b", "del depth")],
]


@pytest.mark.parametrize("cells", OLD)
def test_a_value_whose_text_is_gone_is_named(cells):
    hints = [h for h in list_hints(history_of(*cells)) if h.execution == 3]
    assert [h.kind for h in hints] == ["old value"]
    assert (hints[0].statements[0].execution, hints[0].statements[0].source) == (1, cells[0][1])


@pytest.mark.parametrize("cells", CURRENT)
def test_a_value_whose_text_stands_is_not(cells):
    assert list_hints(history_of(*cells)) == ()


def edited(now, saved=LATER, cells=(("a", "x = 1\nz = 2"), ("b", "y = x + 1"))):
    texts = [CellText(cell, source) for cell, source in now.items()]
    return [(h.kind, h.execution) for h in list_hints(history_of(*cells), texts, saved)]


def test_a_cell_that_was_edited_and_not_run_again_is_named():
    assert edited({"a": "x = 5\nz = 2", "b": "y = x + 1"}) == [("edited cell", 2)]
    assert edited({"a": "x = 1\nx += 1\nz = 2", "b": "y = x + 1"}) == [("edited cell", 2)]


@pytest.mark.parametrize(
    "now",
    [
        {"a": "x = 1\nz = 2", "b": "y = x + 1"},
        {"a": "# one\nx = 1\n\nz = 2  # two", "b": "y = x + 1"},
        {"a": "x = 1\nz = 3", "b": "y = x + 1"},
        {"a": "x = 1\nz = 2\nprint('seen')", "b": "y = x + 1"},
        {"a": "x = 1\nz = 2\nprint(x)", "b": "y = x + 1"},
        {"a": "x = 1\nz = x + 2", "b": "y = x + 1"},
        {"a": "x = 1\nx.fitt()\nz = 2", "b": "y = x + 1"},
        {"a": "x = 1\nz = 2\ndef f(x):\n    x.append(1)\n    x = 3", "b": "y = x + 1"},
        {"a": "x = 1\nz = [x for x in range(3)]", "b": "y = x + 1"},
        {"a": "x = 1\nz = 2", "b": "y = x + 2"},
        {"b": "y = x + 1"},
    ],
)
def test_an_edit_that_changes_nothing_for_the_rest_is_not(now):
    assert edited(now) == []


@pytest.mark.parametrize(
    "line",
    [
        "rows = [3]",
        "rows.append(3)",
        "rows[0] = 3",
        "rows.data[0].kind = 3",
        "del rows[0]",
        "rows += [3]",
        "for rows in ():\n    pass",
        "import rows",
        "def rows():\n    pass",
        "rows.drop(0, inplace=True)",
    ],
)
def test_a_line_that_may_change_a_value_is_an_edit_of_it(line):
    cells = (("a", "rows = [1, 2]"), ("b", "len(rows)"))
    assert edited({"a": f"rows = [1, 2]\n{line}", "b": "len(rows)"}, cells=cells) == [("edited cell", 2)]


def test_to_delete_a_name_is_not_to_rest_on_it():
    assert edited({"a": "x = 5", "b": "del x"}, cells=(("a", "x = 1"), ("b", "del x"))) == []


def test_what_is_edited_itself_is_named_before_what_it_only_mentions():
    first = "seen = []\ndef note(n):\n    seen.append(n)\n    return n - 1"
    history = history_of(("a", first), ("b", "left = note(3)"))
    texts = [CellText("a", first.replace("- 1", "- 2")), CellText("b", "left = note(3)")]
    assert ["`note` came out of" in h.text for h in list_hints(history, texts, LATER)] == [True]


def test_a_statement_that_failed_rests_on_nothing():
    """It may have stopped before it came to the name."""
    cells = (("a", "x = 1"), ("b", "y = missing + x"))
    assert edited({"a": "x = 5", "b": "y = missing + x"}, cells=cells) == []


def test_a_file_that_was_saved_before_the_cell_ran_says_nothing():
    assert edited({"a": "x = 5\nz = 2", "b": "y = x + 1"}, saved="1999") == []


def test_an_id_stays_when_cells_run_again():
    once = history_of(("a", "x = 1"), ("a", "z = 2"), ("b", "y = x"))
    again = history_of(("q", "0"), ("a", "x = 1"), ("a", "z = 2"), ("b", "y = x"), ("b", "y = x"))
    (first,), (second,) = list_hints(once), list_hints(again)
    assert first.id == second.id
    assert (first.execution, second.execution) == (3, 5)
