from __future__ import annotations

import pytest

from nbmlops.errors import SweepError
from nbmlops.lifecycle.sweeping.texts import find_slots, put_value, put_values


@pytest.mark.parametrize(
    ("cell", "values", "expected"),
    [
        ("depth = 3\nx = depth", {"depth": "8"}, "depth = 8\nx = depth"),
        ("é = 'ü'; depth: int = (3)  # so", {"depth": "[1]"}, "é = 'ü'; depth: int = ([1])  # so"),
        ("layers = [\n  1,\n  2,\n]\ny = 1", {"layers": "(8,)"}, "layers = (8,)\ny = 1"),
        ("a = 1\nb = 2", {"b": "'x'", "a": "-1"}, "a = -1\nb = 'x'"),
        ("%matplotlib inline\na = 1\n!ls", {"a": "2"}, "%matplotlib inline\na = 2\n!ls"),
        ("def f():\n    a = 5\n    return a\na = 1", {"a": "2"}, "def f():\n    a = 5\n    return a\na = 2"),
    ],
)
def test_values_are_put_where_the_old_ones_stand(cell, values, expected):
    assert put_values(cell, find_slots(cell, values).values(), values) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "a = 1\na = 2",
        "a = f(1)",
        "a, b = 1, 2",
        "a = b = 1",
        "a = 1\na += 1",
        "a = 1\nfor a in range(3): pass",
        "if True:\n    a = 1",
        "a = 1\ndel a",
        "import x as a",
        "a = 1\ndef f():\n    global a\n    a = 2",
        "a = 1\nprint(a := 2)",
        "a = 1\n[(a := i) for i in range(3)]",
        "def a(): pass",
        "try:\n    pass\nexcept OSError as a:\n    pass",
        "match 1:\n    case a: pass",
        "a = 1\nwith open('x') as a: pass",
    ],
)
def test_a_name_that_is_bound_otherwise_is_refused(cell):
    with pytest.raises(SweepError, match="binds 'a'"):
        find_slots(cell, ["a"])


def test_names_that_are_only_read_have_no_place():
    assert find_slots("x = a + 1\ny = [a for a in x]\nz = lambda a: a", ["a"]) == {}


def test_one_statement():
    assert put_value("# why\nn = 3  # so", "n", "4") == "# why\nn = 4  # so"
    assert put_value("n = f(\n 3)", "n", "4") == "n = 4"
    assert put_value("n, m = 1, 2", "n", "4") is None and put_value("n += 1", "n", "4") is None
