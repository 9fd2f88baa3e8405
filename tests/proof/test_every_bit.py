"""One bit, one attribute, one type or one order changed in a value of any kind is seen, every time."""

from __future__ import annotations

import contextlib
import copy
import pickle
import random

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone

from nbmlops.values.fingerprint import portray
from nbmlops.values.structure import structural_digest
from tests.proof.estimators import ESTIMATORS, fit_estimator
from tests.proof.mutating import list_mutations
from tests.values import zoo

ROUNDS = 60


def make_columns(rows=40):
    draw = np.random.RandomState(0)
    return {
        "whole": draw.randint(-9, 9, rows),
        "small": draw.randint(0, 9, rows).astype("int8"),
        "real": draw.rand(rows),
        "half": draw.rand(rows).astype("float32"),
        "flag": draw.rand(rows) > 0.5,
        "Int64": pd.array([None, *range(rows - 1)], dtype="Int64"),
        "Float64": pd.array([None, *draw.rand(rows - 1)], dtype="Float64"),
        "boolean": pd.array([None, *([True, False] * rows)[: rows - 1]], dtype="boolean"),
        "string": pd.array([None, *map(str, range(rows - 1))], dtype="string"),
        "str": pd.Series([None, *map(str, range(rows - 1))], dtype="str"),
        "object": pd.Series([[1], None, *map(str, range(rows - 2))], dtype=object),
        "category": pd.Categorical((["a", "b", "c"] * rows)[:rows]),
        "ordered": pd.Categorical((["a", "b", "c"] * rows)[:rows], ordered=True),
        "time": pd.date_range("2020-01-01", periods=rows),
        "zoned": pd.date_range("2020-01-01", periods=rows, tz="Europe/Vienna"),
        "delta": pd.to_timedelta(range(rows), unit="s"),
        "period": pd.period_range("2020-01", periods=rows, freq="M"),
        "interval": pd.interval_range(0, rows),
        "sparse": pd.arrays.SparseArray([0, 1] * (rows // 2)),
    }


COLUMNS = make_columns()
OTHER = {
    "whole": -99,
    "small": 99,
    "real": 0.5000000001,
    "half": 0.25,
    "Int64": 99,
    "Float64": 9.5,
    "string": "other",
    "str": "other",
    "object": "other",
    "time": pd.Timestamp("1999-09-09"),
    "zoned": pd.Timestamp("1999-09-09", tz="Europe/Vienna"),
    "delta": pd.Timedelta(1, "h"),
    "period": pd.Period("1999-09", freq="M"),
    "interval": pd.Interval(98, 99),
}


def make_frame():
    index = pd.MultiIndex.from_product([range(20), ["x", "y"]], names=["number", "letter"])
    frame = pd.DataFrame(make_columns())
    frame.index = index
    frame.attrs["source"] = {"file": "a.csv"}
    return frame


ARRAYS = {
    "float": lambda: np.random.RandomState(0).rand(5, 4),
    "single": lambda: np.random.RandomState(0).rand(5, 4).astype("f4"),
    "half": lambda: np.arange(9).astype("f2"),
    "long double": lambda: np.arange(4).astype("f8"),
    "complex": lambda: np.arange(4) * (1 + 2j),
    "bytes": lambda: np.arange(20, dtype="u1"),
    "big-endian": lambda: np.arange(7, dtype=">i4"),
    "bool": lambda: np.arange(9) % 2 == 0,
    "0-d": lambda: np.array(3.5),
    "not contiguous": lambda: np.arange(40.0).reshape(5, 8)[::2, 1::3],
    "Fortran": lambda: np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "structured": lambda: np.zeros(4, np.dtype([("a", "i1"), ("b", "f8", (2,)), ("c", "U3")], align=True)),
    "masked": lambda: np.ma.array([1.0, 2.0, 3.0, 4.0], mask=[0, 1, 0, 0]),
    "object": lambda: np.array([1, "a", None, [2], {"k": 1.5}], dtype=object),
    "text": lambda: np.array(["ab", "cd"]),
    "raw text": lambda: np.array([b"ab", b"cd"]),
    "long text": lambda: np.array(["ab", "cd"], dtype=np.dtypes.StringDType()),
    "dates": lambda: np.array(["2020-01-01", "NaT"], dtype="M8[D]"),
    "large": lambda: np.arange(100_000, dtype="f8"),
    "matrix": lambda: np.ascontiguousarray(np.eye(3)).view(np.matrix),
}
SPARSE = {
    f"{kind} of {dtype}": (
        lambda kind=kind, dtype=dtype: kind(scipy.sparse.random(9, 9, 0.4, random_state=0, dtype=dtype))
    )
    for kind in (
        scipy.sparse.csr_matrix,
        scipy.sparse.csc_array,
        scipy.sparse.coo_array,
        scipy.sparse.bsr_array,
        scipy.sparse.dia_array,
        scipy.sparse.lil_array,
    )
    for dtype in ("f8", "f4")
}


class Nested:
    __slots__ = ("__dict__", "held", "more")

    def __init__(self):
        self.held = [1, (2.5, {"a": b"xyz"}), np.arange(3)]
        self.more = zoo.Plain()
        self.late = {"k": {1, 2}}


OBJECTS = {
    "containers": lambda: [
        1,
        (2, [3.5, None, "text"]),
        {"a": {"b": [True, b"raw"]}},
        bytearray(b"ab"),
        {1, 2},
    ],
    "slots": Nested,
    "record": lambda: zoo.Record("a", [1, {"b": 2}]),
    "many": lambda: {f"k{i}": i * 0.5 for i in range(500)},
    "list of numbers": lambda: [i / 3 for i in range(1000)],
    "generator": lambda: np.random.default_rng(3).bit_generator.state,
}


def make_all():
    yield from ((f"array: {name}", make) for name, make in ARRAYS.items())
    yield from ((f"sparse: {name}", make) for name, make in SPARSE.items())
    yield from ((f"object: {name}", make) for name, make in OBJECTS.items())
    yield from ((f"estimator: {name}", lambda name=name: fit_estimator(name)) for name in ESTIMATORS)


KINDS = dict(make_all())


def describe(value):
    """Return what the proof compares and what capture does."""
    return structural_digest(value), portray(value, {}).digest


def is_other(before, after):
    return before[0] != after[0] and before[1] != after[1]


@pytest.mark.parametrize("name", KINDS)
def test_every_change_is_seen(name):
    """Each place once and some again, each in a copy of its own; a change that is none is counted out."""
    original = pickle.dumps(KINDS[name]())
    before = describe(pickle.loads(original))
    draw = random.Random(name)
    count = len(list_mutations(pickle.loads(original)))
    assert count
    places = list(range(count)) if count <= ROUNDS else draw.sample(range(count), ROUNDS)
    places += [draw.randrange(count) for _ in range(max(0, 20 - count))]
    missed = []
    for place in places:
        value = pickle.loads(original)
        mutation = list_mutations(value)[place]
        mutation.apply(draw)
        if not is_other(before, describe(value)):
            missed.append(mutation.place)
    assert missed == []


@pytest.mark.parametrize("name", KINDS)
def test_an_unchanged_copy_is_the_same(name):
    value = KINDS[name]()
    told = describe(value)
    if name != "array: big-endian":  # numpy's pickle gives it the order of the machine
        assert describe(pickle.loads(pickle.dumps(value))) == told
    assert describe(copy.deepcopy(value)) == told


@pytest.mark.parametrize("name", COLUMNS)
def test_every_cell_of_a_frame_counts(name):
    before = describe(make_frame())
    for row in range(0, 40, 3):
        frame = make_frame()
        column = frame[name].copy()
        old = column.iloc[row]
        if name in {"flag", "boolean"}:
            column.iloc[row] = True if old is pd.NA else not old
        elif name in {"category", "ordered"}:
            column.iloc[row] = "b" if old != "b" else "a"
        elif name == "sparse":
            column = pd.Series(
                pd.arrays.SparseArray([5 if n == row else v for n, v in enumerate(column)]), column.index
            )
        else:
            column.iloc[row] = OTHER[name]
        frame[name] = column
        assert frame[name].dtype == COLUMNS_DTYPES[name]
        assert is_other(before, describe(frame)), (name, row)


COLUMNS_DTYPES = make_frame().dtypes.to_dict()
RESHAPED = {
    "column's type": lambda f: f.astype({"whole": "int32"}),
    "float's width": lambda f: f.astype({"real": "float32"}),
    "category order": lambda f: f.assign(category=f["category"].cat.reorder_categories(["b", "a", "c"])),
    "category added": lambda f: f.assign(category=f["category"].cat.add_categories(["d"])),
    "category ordered": lambda f: f.assign(category=f["category"].cat.as_ordered()),
    "category renamed": lambda f: f.assign(category=f["category"].cat.rename_categories({"a": "z"})),
    "zone": lambda f: f.assign(zoned=f["zoned"].dt.tz_convert("UTC")),
    "no zone": lambda f: f.assign(zoned=f["zoned"].dt.tz_localize(None)),
    "unit": lambda f: f.assign(time=f["time"].astype("M8[s]")),
    "frequency": lambda f: f.assign(period=f["period"].dt.asfreq("D")),
    "closed": lambda f: f.assign(interval=pd.arrays.IntervalArray(f["interval"].array).set_closed("left")),
    "fill": lambda f: f.assign(sparse=pd.arrays.SparseArray(f["sparse"].to_numpy(), fill_value=1)),
    "text type": lambda f: f.assign(string=f["string"].astype(object)),
    "missing value": lambda f: f.assign(object=f["object"].where(f["object"].notna(), float("nan"))),
    "column's name": lambda f: f.rename(columns={"whole": "wholes"}),
    "columns' order": lambda f: f[[*f.columns[1:], f.columns[0]]],
    "columns' title": lambda f: f.rename_axis(columns="c"),
    "level's name": lambda f: f.rename_axis(index=["number", "letters"]),
    "level": lambda f: f.set_axis(f.index.set_levels([*range(1, 21)], level=0)),
    "levels' order": lambda f: f.swaplevel(),
    "index": lambda f: f.reset_index(drop=True),
    "rows' order": lambda f: f.iloc[::-1],
    "a row less": lambda f: f.iloc[:-1],
    "a row twice": lambda f: pd.concat([f, f.iloc[-1:]]),
    "flags": lambda f: f.set_flags(allows_duplicate_labels=False),
}


@pytest.mark.parametrize("name", RESHAPED)
def test_every_property_of_a_frame_counts(name):
    frame = make_frame()
    before = describe(frame)
    changed = RESHAPED[name](frame)
    changed.attrs = copy.deepcopy(frame.attrs)
    assert is_other(before, describe(changed))


def test_an_attr_of_a_frame_counts():
    frame = make_frame()
    before = describe(frame)
    frame.attrs["source"]["file"] = "b.csv"
    assert is_other(before, describe(frame))


@pytest.mark.parametrize("name", [n for n in ARRAYS if n not in {"0-d", "matrix"}])
def test_shape_type_and_order_of_an_array_count(name):
    array = ARRAYS[name]()
    before = describe(array)
    others = [array.reshape(1, *array.shape), array[:-1]]
    if array.dtype.kind in "iuf" and array.itemsize > 1:
        others += [array.astype(array.dtype.newbyteorder()), array.astype("complex64")]
    for other in others:
        assert is_other(before, describe(other)), other.dtype


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_fitted_alike_is_the_same_and_unfitted_is_not(name):
    fitted = fit_estimator(name)
    assert describe(fitted) == describe(fit_estimator(name))
    assert is_other(describe(fitted), describe(clone(fitted)))


torch = None
with contextlib.suppress(ImportError):
    import torch


@pytest.mark.skipif(torch is None, reason="torch is not installed")
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int64", "uint8", "bool"])
def test_every_bit_of_a_tensor_counts(dtype):
    tensor = torch.arange(24).to(getattr(torch, dtype)).reshape(4, 6)
    before = describe(tensor)
    draw = random.Random(dtype)
    for _ in range(50):
        other = tensor.clone()
        raw = other.view(torch.uint8).reshape(-1)
        raw[draw.randrange(len(raw))] ^= 1 if dtype == "bool" else 1 << draw.randrange(8)
        assert is_other(before, describe(other))
    assert describe(tensor.clone()) == before
    assert is_other(before, describe(tensor.t()))


@pytest.mark.skipif(torch is None, reason="torch is not installed")
def test_every_weight_of_a_module_counts():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    content, before = pickle.dumps(model), describe(model)
    for name, _ in [*model.named_parameters(), *model.named_buffers()]:
        other = pickle.loads(content)
        with torch.no_grad():
            state = other.state_dict()[name].reshape(-1)
            state[0] = state[0] + 1 if "num" in name else torch.nextafter(state[0], torch.tensor(9.0))
        assert is_other(before, describe(other)), name
    other = pickle.loads(content)
    other.eval()
    assert is_other(before, describe(other))
    assert describe(pickle.loads(content)) == before
