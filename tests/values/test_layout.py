"""Layout: the columns of a saved table are read from its bytes as they are, and nothing is loaded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbmlops.values.codec import save_pieces
from nbmlops.values.layout import read_layout
from tests.values.test_pickling import ARRAYS, FRAMES

HIDDEN = {
    "payloads": {"o"},
    "mixed": {"o"},
    "intervals": {"w"},
    "sparse": {"s"},
    "times": {"n"},
    "categories": {"d"},
}


@pytest.mark.parametrize("name", FRAMES)
def test_columns_are_read_without_loading(name):
    frame = FRAMES[name]
    _, pieces = save_pieces(frame)
    read = read_layout(pieces.join(), pieces.layout)
    assert len(read) == len(frame)
    for at, label in enumerate(frame.columns):
        column = frame.iloc[:, at]
        spelled = label if isinstance(label, str) else repr(label)
        found = [c for c in pieces.layout.columns if c.name == spelled]
        if spelled in HIDDEN.get(name, ()) or not len(frame):
            continue
        assert all(one.form != "hidden" for one in found), spelled
        if list(frame.columns).count(label) == 1:
            back, own = (s.astype(object).where(s.notna(), None).tolist() for s in (read[spelled], column))
            assert [str(v) for v in back] == [str(v) for v in own]


def test_what_cannot_be_read_is_told_apart():
    one, other = (pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, n] * 100)}) for n in (1, 2))
    (first,), (second,) = (save_pieces(f)[1].layout.columns for f in (one, other))
    assert first.form == second.form == "hidden"
    assert first.digest != second.digest


def test_index_is_a_column_where_it_is_one():
    layout = save_pieces(pd.DataFrame({"a": range(70)}, index=[f"r{n}" for n in range(70)]))[1].layout
    assert layout.index
    assert [c.name for c in layout.columns] == ["(index)", "a"]


@pytest.mark.parametrize("name", ["matrix", "columns first", "strided"])
def test_arrays_are_tables(name):
    _, pieces = save_pieces(ARRAYS[name])
    read = read_layout(pieces.join(), pieces.layout)
    if name != "strided":
        assert np.array_equal(read.to_numpy(), ARRAYS[name])


def test_what_is_no_table_has_no_layout():
    assert save_pieces({"a": 1})[1].layout is None
