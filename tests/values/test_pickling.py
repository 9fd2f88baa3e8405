"""Pickling: every kind of table and array comes back bit for bit, and what is new in it is what is stored."""

from __future__ import annotations

import struct

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from nbmlops.values.codec import load_value, save_pieces, save_value
from nbmlops.values.structure import structural_digest

ROWS = 300
RNG = np.random.default_rng(0)


def make_payload(number):
    return struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_0000 | number))[0]


def flag(frame):
    frame.attrs["source"] = {"file": "a.csv"}
    return frame.set_flags(allows_duplicate_labels=False)


WORDS = [f"word {at % 7}" for at in range(ROWS)]
FRAMES = {
    "numbers": pd.DataFrame(RNG.normal(size=(ROWS, 4)), columns=list("abcd")),
    "rows first": pd.DataFrame(np.asfortranarray(RNG.normal(size=(ROWS, 4))).copy(order="F")),
    "selected": pd.DataFrame(RNG.normal(size=(ROWS, 4))).iloc[::2, 1:],
    "nullable": pd.DataFrame(
        {
            "i": pd.array([1, None, 3] * 100, dtype="Int8"),
            "f": pd.array([1.5, None, 3] * 100, dtype="Float64"),
            "b": pd.array([True, None, False] * 100, dtype="boolean"),
        }
    ),
    "words": pd.DataFrame({"w": WORDS, "n": [None, "x"] * 150, "e": ['a"b', "c\\d\n"] * 150}),
    "string": pd.DataFrame({"w": pd.array([*WORDS[:-1], None], dtype="string")}),
    "categories": pd.DataFrame(
        {
            "c": pd.Categorical(WORDS, categories=sorted(set(WORDS), reverse=True), ordered=True),
            "d": pd.Categorical([1, "1", None] * 100),
        }
    ),
    "times": pd.DataFrame(
        {
            "t": pd.date_range("2020", periods=ROWS, freq="s"),
            "z": pd.date_range("2020-03-29", periods=ROWS, freq="h", tz="Europe/Berlin"),
            "p": pd.period_range("2000", periods=ROWS, freq="M"),
            "d": pd.to_timedelta(range(ROWS), unit="ms"),
            "n": [pd.NaT, pd.Timestamp("2020")] * 150,
        }
    ),
    "intervals": pd.DataFrame({"v": pd.cut(np.arange(ROWS), 3), "w": pd.interval_range(0, ROWS)}),
    "mixed": pd.DataFrame(
        {"o": [1, "1", 2.5, None, True, (1,)] * 50, "k": [1, "1", 2.5, None, True, 2**80] * 50}
    ),
    "objects": pd.DataFrame({"a": [1, "x", None] * 100, "b": ["y", pd.NA, 2] * 100}, dtype=object),
    "sparse": pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, 1] * 100)}),
    "labels": pd.DataFrame(
        {"x": range(ROWS)}, index=pd.MultiIndex.from_product([range(3), list("ab"), range(50)])
    ),
    "duplicates": pd.DataFrame(RNG.normal(size=(ROWS, 3)), columns=["a", "a", 1], index=[7] * ROWS),
    "column levels": pd.DataFrame(
        RNG.normal(size=(ROWS, 2)), columns=pd.MultiIndex.from_tuples([(1, "a"), (2, "b")])
    ),
    "flags": flag(pd.DataFrame({"x": range(ROWS)})),
    "payloads": pd.DataFrame(
        {"x": [make_payload(5), np.nan] * 150, "o": pd.Series([make_payload(9), "a"] * 150)}
    ),
    "surrogates": pd.DataFrame({"w": pd.Series(["\ud800", "ü", "\x7f?\x7f", "\0"] * 75, dtype=object)}),
    "empty": pd.DataFrame({"a": pd.array([], dtype="float32"), "w": pd.array([], dtype="str")}),
    "no columns": pd.DataFrame(index=range(5)),
}
ARRAYS = {
    "matrix": RNG.normal(size=(ROWS, 5)),
    "columns first": np.asfortranarray(RNG.normal(size=(ROWS, 5))),
    "strided": RNG.normal(size=(ROWS, 5))[::3, ::2],
    "big endian": np.arange(ROWS, dtype=">i4"),
    "structured": np.array([(1, 2.5, b"x")] * ROWS, dtype=[("a", "i2"), ("b", "f8"), ("c", "S3")]),
    "masked": np.ma.array(np.arange(ROWS), mask=[True, False] * 150, fill_value=9),
    "no dimension": np.array(3.5),
    "times": np.arange(ROWS).astype("M8[h]").reshape(3, -1),
    "complex": RNG.normal(size=ROWS) + 1j,
    "halves": RNG.normal(size=ROWS).astype("f2"),
    "words": np.array(WORDS),
    "objects": np.array(WORDS, dtype=object).reshape(3, -1),
    "matrix of objects": np.array([None, "a", 1] * 100, dtype=object).reshape(-1, 3),
    "read only": np.broadcast_to(np.arange(5.0), (9, 5)),
    "sparse": scipy.sparse.random(60, 40, 0.1, format="csr", random_state=1),
    "record": np.rec.array([(1, 2.0)] * ROWS, names="a,b"),
    "index": pd.Index(WORDS, name="w"),
    "series": pd.Series(WORDS, name=("a", 1), index=pd.date_range("2020", periods=ROWS)),
    "together": {"a": [RNG.normal(size=ROWS)] * 2, "b": WORDS},
}


@pytest.mark.parametrize("value", [*FRAMES.values(), *ARRAYS.values()], ids=[*FRAMES, *ARRAYS])
@pytest.mark.parametrize("times", [1, 300], ids=["short", "long"])
def test_comes_back_bit_for_bit(value, times):
    if times > 1 and isinstance(value, pd.DataFrame) and len(value) and value.flags.allows_duplicate_labels:
        value = pd.concat([value] * times)
    elif times > 1 and type(value) is np.ndarray and value.ndim:
        value = np.concatenate([value] * times)
    codec, content = save_value(value)
    assert codec == "pickle"
    back = load_value(codec, content)
    assert structural_digest(back) == structural_digest(value)
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(back, value, check_exact=True, check_freq=True)
        assert (back.attrs, back.flags) == (value.attrs, value.flags)
    if isinstance(value, np.ndarray) and value.flags.f_contiguous:
        assert back.flags.f_contiguous


def test_memory_map_comes_back(tmp_path):
    mapped = np.memmap(tmp_path / "a.bin", dtype="f4", mode="w+", shape=(300, 400))
    mapped[:] = RNG.normal(size=mapped.shape)
    back = load_value(*save_value(mapped))
    assert back.tobytes() == mapped.tobytes()
    assert back.shape == mapped.shape


def test_aliases_stay_one_object():
    array = RNG.normal(size=100_000)
    back = load_value(*save_value({"a": array, "b": array}))
    assert back["a"] is back["b"]


def test_nothing_long_is_copied():
    frame = pd.DataFrame({"x": RNG.normal(size=100_000)})
    _, pieces = save_pieces(frame)
    assert pieces.digest and pieces.has_held()
    frame.iloc[0, 0] = 1.25
    assert not pieces.has_held()


def list_new(before, after):
    """Return the bytes of the chunks that the second has and the first lacks, and all of its bytes."""
    known = set(chunk_sizes(before))
    sizes = chunk_sizes(after)
    return sum(size for name, size in sizes.items() if name not in known), sum(sizes.values())


def chunk_sizes(value):
    from nbmlops.values.boundaries import cut_bytes
    from nbmlops.values.pieces import hash_bytes, unweave

    found = {}
    for part in save_pieces(value)[1].parts:
        columns = unweave(part.data, part.width, part.columns) if part.columns > 1 else [part.data]
        for column in columns:
            found |= {hash_bytes(chunk): len(chunk) for chunk in cut_bytes(column, part.width)}
    return found


LONG = 200_000


@pytest.fixture(scope="module")
def long_frame():
    made = {f"x{at}": RNG.normal(size=LONG) for at in range(6)}
    made["i"] = RNG.integers(0, 90, LONG)
    made["w"] = RNG.choice([f"some word {at}" for at in range(50)], LONG)
    made["k"] = pd.Categorical(RNG.choice(list("abcdefgh"), LONG))
    made["t"] = pd.Timestamp("2020") + pd.to_timedelta(RNG.integers(0, 10**9, LONG), unit="s")
    return pd.DataFrame(made)


def test_same_rows_are_nothing_new(long_frame):
    assert list_new(long_frame, long_frame.copy())[0] < 1000


def test_appended_rows_cost_themselves(long_frame):
    more = pd.concat([long_frame, long_frame.sample(LONG // 100, random_state=1)], ignore_index=True)
    new, whole = list_new(long_frame, more)
    assert new <= 0.03 * whole


def test_rows_on_top_cost_a_chunk_a_column(long_frame):
    more = pd.concat([long_frame.sample(3, random_state=1), long_frame], ignore_index=True)
    new, whole = list_new(long_frame, more)
    assert new <= 0.3 * whole


def test_one_column_costs_itself(long_frame):
    other = long_frame.assign(x3=RNG.normal(size=LONG))
    new, whole = list_new(long_frame, other)
    assert 8 * LONG <= new <= 8 * LONG + 0.005 * whole


def test_one_column_of_a_matrix_costs_itself():
    matrix = RNG.normal(size=(LONG, 8))
    other = matrix.copy()
    other[:, 3] = RNG.normal(size=LONG)
    new, whole = list_new(matrix, other)
    assert 8 * LONG <= new <= 8 * LONG + 0.005 * whole
