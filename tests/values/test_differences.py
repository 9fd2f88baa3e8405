"""Each difference of content gives another digest, and each difference that is none does not."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from nbmlops.values.structure import structural_digest
from tests.values import zoo


def list_aliases(one, two):
    return [one, one], [one, two], [one, two, one], [one, two, two]


def list_cycles(one, two):
    one.append(one)
    two.append([two])
    return one, two


def list_views(cells):
    return [cells, cells[:2]], [cells, cells[1:3]], [cells, cells[:2].copy()]


def changed(make, change):
    value = make()
    answer = change(value)
    return value if answer is None else answer


def edit_tree(forest):
    forest.estimators_[3].tree_.value[0] = 9


def edit_weight(model):
    model[-1].coef_[0, 0] = np.nextafter(model[-1].coef_[0, 0], 9)


def look_at(table):
    assert repr(table)
    assert table.index.is_unique
    assert all(not table[name].array[:0].tolist() for name in table)
    assert table["s"].to_numpy() is not None
    table.describe()


def nan_with(bits):
    return np.array([bits], dtype="u8").view("f8")


FITTED = zoo.make_models()
DIFFERENCES = {
    "bool, int, float": (True, 1, 1.0),
    "signed zero": (0.0, -0.0),
    "last bit": (0.1 + 0.2, 0.3),
    "payload of nan": tuple(float(nan_with(b)[0]) for b in (0x7FF8000000000000, 0x7FF8000000000001)),
    "payload in a list": tuple(
        [1.0, float(nan_with(b)[0])] * 20 for b in (0x7FF8000000000000, 0x7FF8000000000001)
    ),
    "text, bytes": ("a", b"a", bytearray(b"a")),
    "split of a text": (["a\0b"] * 20, ["a", "b"] * 20, ["a\0b", "a"] * 10),
    "list, tuple, set": ([1], (1,), {1}, frozenset({1})),
    "nesting": ([[1], 2], [[1, 2]], [1, [2]]),
    "order of a dict": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "alias in a list": list_aliases([1], [1]),
    "cycle": list_cycles([1], [1]),
    "numpy, python": (np.float64(1), 1.0, np.float32(1)),
    "dtype": tuple(np.zeros(4, d) for d in ("i4", "i8", "f4", "f8", ">f8", "M8[s]", "M8[ms]", "m8[s]", "O")),
    "shape": (np.zeros((2, 3)), np.zeros((3, 2)), np.zeros(6), np.zeros((6, 1))),
    "nan in an array": (nan_with(0x7FF8000000000000), nan_with(0x7FF8000000000001), np.array([1.0])),
    "view, copy": list_views(np.zeros(4)),
    "mask": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0]), np.array([1, 2])),
    "fields": (np.zeros(2, [("a", "i4")]), np.zeros(2, [("b", "i4")]), np.zeros(2, [("a", "f4")])),
    "metadata": (np.dtype("i4"), np.dtype("i4", metadata={"a": 1})),
    "stream": (np.random.RandomState(1), np.random.RandomState(2), np.random.default_rng(1)),
    "cell": (zoo.make_table(), changed(zoo.make_table, lambda t: t.__setitem__("n", [0, 1, 2, 3, 4, 6]))),
    "object cell": (zoo.make_table(), changed(zoo.make_table, lambda t: t["o"][0].append(2))),
    "column's name": (zoo.make_table(), zoo.make_table().rename(columns={"n": "m"})),
    "columns' order": (zoo.make_table(), zoo.make_table()[list("xnsctioq")]),
    "index": (
        zoo.make_table(),
        zoo.make_table().set_axis([9, 1, 2, 3, 4, 5]),
        zoo.make_table().rename_axis("k"),
    ),
    "index type": (pd.DataFrame(index=pd.RangeIndex(2)), pd.DataFrame(index=pd.Index([0, 1]))),
    "column type": tuple(
        pd.Series([1, 2], dtype=d) for d in ("i8", "i4", "Int64", "f8", "object", "category")
    ),
    "text type": tuple(pd.Series(["a", "b"], dtype=d) for d in ("str", "object", "string", "category")),
    "missing": tuple(pd.Series(["a", v], dtype=object) for v in (None, float("nan"), pd.NA, pd.NaT, "")),
    "categories": (
        pd.Categorical(["a"], ["a", "b"]),
        pd.Categorical(["a"], ["b", "a"]),
        pd.Categorical(["a"], ["a"]),
        pd.Categorical(["a"], ["a", "b"], ordered=True),
    ),
    "zone": tuple(pd.Series(pd.date_range("2020", periods=2, tz=z)) for z in (None, "UTC", "Europe/Vienna")),
    "unit": tuple(pd.Series(pd.date_range("2020", periods=2)).astype(f"M8[{u}]") for u in ("s", "ns")),
    "attrs": (zoo.make_table(), changed(zoo.make_table, lambda t: t.attrs.update(a=1))),
    "flags": (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)),
    "frame, series": (pd.Series([1], name="a"), pd.DataFrame({"a": [1]}), pd.Index([1], name="a")),
    "attribute": (zoo.Plain(2), zoo.Plain(3), changed(zoo.Plain, lambda p: setattr(p, "extra", 1))),
    "slot": (zoo.Slotted(), changed(zoo.Slotted, lambda s: setattr(s, "left", 1))),
    "parameter": (LogisticRegression(C=1), LogisticRegression(C=1.0), LogisticRegression(C=2)),
    "fitted": (
        FITTED["forest"],
        changed(lambda: copy.deepcopy(FITTED["forest"]), edit_tree),
        changed(lambda: copy.deepcopy(FITTED["forest"]), lambda f: f.estimators_.pop()),
    ),
    "linear": (
        FITTED["linear"],
        changed(lambda: copy.deepcopy(FITTED["linear"]), edit_weight),
    ),
    "functions": (
        lambda a: a + 1,
        lambda a: a + 2,
        lambda a, b=1: a + 1,
        lambda a, b=2: a + 1,
        lambda b: b + 1,
    ),
    "closure": (zoo.count_up(), changed(zoo.count_up, lambda step: (step(), None)[1])),
    "set of tuples": ({(1, 2), (3, 4)}, {(1, 2), (3, 5)}),
    "subclass": (zoo.Point(1, 2), (1, 2), [1, 2]),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_each_difference_is_seen(name):
    digests = [structural_digest(value) for value in DIFFERENCES[name]]
    assert len(set(digests)) == len(digests) > 1


def split_blocks():
    table = pd.DataFrame({"a": [1, 2]})
    table["b"] = [1.5, 2.5]
    table["c"] = [3, 4]
    return table


def fill_gaps(byte):
    dtype = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    records = np.frombuffer(bytearray([byte]) * 32, dtype=dtype).copy()
    records.view("u1")[:] = byte
    records["a"], records["b"] = 1, 2.5
    return records


SAME = {
    "order in memory": lambda: (
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    ),
    "strides": lambda: (np.arange(0, 10, 2), np.arange(10)[::2]),
    "large and transposed": lambda: (
        np.arange(9e5).reshape(300, 3000),
        np.arange(9e5).reshape(300, 3000).T.copy().T,
    ),
    "gaps of records": lambda: (fill_gaps(0), fill_gaps(255), fill_gaps(0)[::1]),
    "blocks": lambda: (
        split_blocks(),
        split_blocks().copy(),
        pd.DataFrame({"a": [1, 2], "b": [1.5, 2.5], "c": [3, 4]}),
    ),
    "block by rows": lambda: (
        pd.DataFrame(np.arange(60.0).reshape(3, 20)),
        pd.DataFrame(dict(enumerate(np.arange(60.0).reshape(3, 20).T)))
        .rename(columns=int)
        .set_axis(range(20), axis=1),
    ),
    "under the mask": lambda: tuple(
        pd.arrays.IntegerArray(np.array([1, v]), np.array([False, True])) for v in (7, 8)
    ),
    "order of a set": lambda: ({f"a{i}" for i in range(50)}, {f"a{i}" for i in reversed(range(50))}),
    "order of attributes": lambda: (
        changed(zoo.Plain, lambda p: (setattr(p, "a", 1), setattr(p, "b", 2), None)[-1]),
        changed(zoo.Plain, lambda p: (setattr(p, "b", 2), setattr(p, "a", 1), None)[-1]),
    ),
    "constants that were folded": lambda: (
        [((1, 2), (3,))] * 2,
        [((1, 2), (3,)), tuple(map(tuple, [[1, 2], [3]]))],
    ),
    "width of a C type": lambda: (np.zeros(1, "l"), np.zeros(1, "q")),
    "looked at": lambda: (
        zoo.make_table(),
        changed(zoo.make_table, look_at),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_content(name):
    assert len({structural_digest(value) for value in SAME[name]()}) == 1
