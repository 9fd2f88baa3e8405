from __future__ import annotations

import pytest

from nbmlops.faces.marks import ShownError, strip_marks


@pytest.mark.parametrize(
    ("cell", "stripped"),
    [
        ("a = 1\n", "a = 1\n"),
        ("%%step train\na = 1\n", "\na = 1\n"),
        ("%%step  clean_up \n%%time\na = 1\n", "%%time\na = 1\n"),
        ("%%private\na = 1\n", "\na = 1\n"),
        ("%%private\n%%step train\na = 1\n", "\na = 1\n"),
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


def test_no_line_at_all():
    assert strip_marks([]) == []
