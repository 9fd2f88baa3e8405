"""A check of what a slice holds stays in it, as an assumption, and never brings anything with it."""

from __future__ import annotations

import pytest

from nbmlops.slicing.cutting import cut_slice
from tests.capture.recorded_shell import record_cells

DATA = "import pandas as pd\ndf = pd.DataFrame({'age': [1, 2]})"
KEPT = {
    "assert": ([DATA, "assert df.age.min() >= 0", "y = df.age.sum()"], "y"),
    "raise": ([DATA, "if (df.age < 0).any():\n    raise ValueError('age')", "y = df.age.sum()"], "y"),
    "loop": ([DATA, "for c in ['age']:\n    assert c in df", "y = df.age.sum()"], "y"),
    "library": (
        ["import numpy as np", "x = np.ones(3)", "np.testing.assert_array_less(x, 2)", "y = x.sum()"],
        "y",
    ),
    "own function": (
        [
            "def check(d):\n    '''Look.'''\n    low = d.age.min()\n    if low < 0: raise ValueError(low)\n"
            "def check_all(d): check(d)",
            DATA,
            "check_all(df)",
            "y = check and check_all and df.age.sum()",
        ],
        "y",
    ),
    "of the target": ([DATA, "y = df.age.sum()", "assert y < 9"], "y"),
}
DROPPED = {
    "of something else": ([DATA, "z = 3", "assert z == 3", "y = df.age.sum()"], "y"),
    "with something else": ([DATA, "z = 3", "assert df.age.min() < z", "y = df.age.sum()"], "y"),
    "of a later version": ([DATA, "y = df.age.sum()", "df['b'] = 2", "assert df.b.min() > 1"], "y"),
    "by a function that is not kept": (
        [DATA, "def check(d):\n    assert len(d)", "check(df)", "y = df.age.sum()"],
        "y",
    ),
    "that does more": (
        [DATA, "if len(df) > 9:\n    df.to_csv('x')\n    raise ValueError", "y = df.age.sum()"],
        "y",
    ),
    "of a module": (["import sys", "assert sys.version_info > (3,)", "y = sys.maxsize"], "y"),
    "of chance": (
        ["import random\nrandom.seed(1)\nx = 2", "assert random.random() < x", "y = x + 1"],
        "y",
    ),
}


def list_texts(cells: list[str], target: str, without: frozenset[tuple[int, int]] = frozenset()) -> list[str]:
    history, _, _ = record_cells(cells)
    return [s.code for s in cut_slice(history, target, without=without).kept]


@pytest.mark.parametrize("name", KEPT)
def test_a_check_of_what_is_kept_is_kept(name: str) -> None:
    cells, target = KEPT[name]
    history, _, _ = record_cells(cells)
    found = [e for e in cut_slice(history, target).explained if e.kept and not e.certain]
    assert [e.statement.execution for e in found] == [3 if len(cells) == 4 or name == "of the target" else 2]
    assert "checks `" in found[0].reasons[0].because


@pytest.mark.parametrize("name", DROPPED)
def test_a_check_brings_nothing_with_it(name: str) -> None:
    cells, target = DROPPED[name]
    assert not any("assert" in text or "raise" in text for text in list_texts(cells, target))


def test_a_check_goes_where_a_trial_drops_it() -> None:
    cells, target = KEPT["assert"]
    assert list_texts(cells, target, frozenset({(2, 0)})) == [*DATA.split("\n"), "y = df.age.sum()"]
