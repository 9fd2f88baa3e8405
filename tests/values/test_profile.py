"""A profile tells what monitoring needs, and nobody's row."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbmlops.core.pipeline import Reader
from nbmlops.core.value import SignatureField
from nbmlops.errors import DataError, NbmlopsError
from nbmlops.values.profile import (
    digest_rows,
    frame_shape,
    lacks_header,
    make_fields,
    profile_frame,
    read_frame,
    read_table,
)
from tests.values import zoo

ADULT = Path(__file__).parents[2] / "notebooks" / "adult.csv.gz"


@pytest.fixture(scope="module")
def adult():
    return read_table(ADULT)


def find_column(profile, name):
    return next(column for column in profile.columns if column.name == name)


def test_profile_of_real_data(adult):
    profile = profile_frame(adult)
    assert profile.rows == 32561
    age = find_column(profile, "age")
    assert (age.kind, age.dtype, age.count, age.missing, age.distinct) == ("integer", "int64", 32561, 0, 73)
    assert (age.quantiles[0], age.quantiles[10], age.quantiles[20]) == (17.0, 37.0, 90.0)
    assert (age.mean, age.deviation) == (adult["age"].mean(), adult["age"].std())
    work = find_column(profile, "workclass")
    assert (work.kind, work.count, work.missing, work.distinct) == ("category", 30725, 1836, 8)
    assert work.top[0] == ("Private", 22696)
    assert "Never-worked" not in dict(work.top)
    assert work.quantiles == ()


def test_kinds():
    kinds = {c.name: c.kind for c in profile_frame(zoo.make_table()).columns}
    expected = {"n": "integer", "x": "number", "s": "category", "c": "category", "t": "time", "i": "integer"}
    assert kinds == expected | {"o": "other", "q": "category"}
    more = pd.DataFrame({"b": [True, False], "m": pd.array([True, None]), "d": pd.to_timedelta([1, 2], "s")})
    assert [c.kind for c in profile_frame(more).columns] == ["boolean", "boolean", "time"]
    many = pd.DataFrame({"text": [f"t{i}" for i in range(101)], "few": ["a"] * 101})
    assert [c.kind for c in profile_frame(many).columns] == ["text", "category"]
    assert profile_frame(many).columns[0].top == ()


def test_odd_columns():
    odd = pd.DataFrame({"none": [None, None], "wild": [np.inf, np.nan], "cut": [None, 1.0]})
    none, wild, _ = profile_frame(odd).columns
    assert (none.kind, none.missing, none.distinct) == ("category", 2, 0)
    assert (wild.quantiles, wild.mean, wild.count) == ((), None, 1)
    twins = pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"])
    assert [c.kind for c in profile_frame(twins).columns] == ["integer", "category"]
    assert profile_frame(pd.DataFrame()).columns == ()


def test_times_are_seconds():
    column = profile_frame(pd.DataFrame({"t": pd.to_datetime(["1970-01-02", "1970-01-01"])})).columns[0]
    assert (column.quantiles[0], column.quantiles[-1]) == (0.0, 86400.0)
    zoned = pd.DataFrame({"t": pd.to_datetime(["1970-01-01"]).tz_localize("Europe/Vienna")})
    assert profile_frame(zoned).columns[0].quantiles[0] == -3600.0


def test_fields(adult):
    fields = make_fields(adult, required=["age", "sex"])
    assert fields[0] == SignatureField("age", "int64", "integer", True, False, ())
    sex = next(f for f in fields if f.name == "sex")
    assert sex == SignatureField("sex", "str", "category", True, False, ("Female", "Male"))
    work = next(f for f in fields if f.name == "workclass")
    assert (work.required, work.nullable, work.values[0]) == (False, True, "Federal-gov")
    assert all(f.required for f in make_fields(adult))


def test_rows_are_known_again(adult, tmp_path):
    digests = digest_rows(adult)
    assert len(digests) == 32561
    assert all(len(digest) == 16 for digest in digests[:100])
    assert len(set(digests)) == len(adult.drop_duplicates())
    shuffled = adult.sample(frac=1, random_state=0)[adult.columns[::-1]]
    assert sorted(digest_rows(shuffled)) == sorted(digests)
    part = adult[adult["workclass"].notna()].tail(50)
    part.to_csv(tmp_path / "part.csv", index=False)
    assert set(digest_rows(read_table(tmp_path / "part.csv"))) <= set(digests)


@pytest.mark.parametrize("column", list("nxsctiq"))
def test_each_cell_matters(column):
    table, other = zoo.make_table().drop(columns="o"), zoo.make_table().drop(columns="o")
    other.loc[2, column] = other[column].dropna().iloc[0]
    before, after = digest_rows(table), digest_rows(other)
    assert before[2] != after[2]
    assert before[:2] + before[3:] == after[:2] + after[3:]


def test_numbers_are_equal_whatever_their_width():
    assert digest_rows(pd.DataFrame({"a": [1, 2]})) == digest_rows(pd.DataFrame({"a": [1.0, 2.0]}))
    assert digest_rows(pd.DataFrame({"a": [0.0]})) == digest_rows(pd.DataFrame({"a": [-0.0]}))
    assert digest_rows(pd.DataFrame({"a": ["1"]})) != digest_rows(pd.DataFrame({"a": [1]}))
    large = digest_rows(pd.DataFrame({"a": [2**60, 2**60 + 1, 2**60]}))
    assert large[0] == large[2] != large[1]
    assert digest_rows(pd.DataFrame({"a": [1], "b": [2]})) != digest_rows(pd.DataFrame({"a": [2], "b": [1]}))
    assert len(digest_rows(pd.DataFrame(index=range(3)))) == 3


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (pd.DataFrame({"a": [1, 2]}), (2, 1)),
        (pd.Series([1, 2, 3]), (3, None)),
        (np.zeros((4, 5)), (4, 5)),
        (np.zeros(3), (3, None)),
        (np.float64(1), None),
        ([1, 2], None),
        ("text", None),
        (pd.DataFrame, None),
    ],
)
def test_shapes(value, shape):
    assert frame_shape(value) == shape


def test_files_by_their_suffix(tmp_path):
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    table.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress((tmp_path / "t.csv").read_bytes()))
    table.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    for name in ("t.csv", "t.csv.gz", "t.jsonl"):
        assert read_table(tmp_path / name).equals(table)


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "t.xlsx").write_text("")
    (tmp_path / "broken.csv.gz").write_text("no")
    for name, said in {
        "gone.csv": "is not there",
        "empty.csv": "cannot be read as a table",
        "broken.csv.gz": "cannot be read as a table",
        "t.xlsx": "is of no kind that is known here",
    }.items():
        with pytest.raises(NbmlopsError, match=said):
            read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "lacking"),
    [("Ann,31\nBob,44\nAnn,50\n", True), ("Ann,x\nBob,y\nAnn,z\n", True), ("name,age\nAnn,31\n", False)],
)
def test_row_in_the_place_of_a_header_is_seen(tmp_path, text, lacking):
    (tmp_path / "table.csv").write_text(text)
    assert lacks_header(read_table(tmp_path / "table.csv")) is lacking


def test_reader_of_a_pipeline_is_followed(tmp_path):
    place = tmp_path / "table.data"
    place.write_text("Ann;31\nBob;44\n")
    options = {"sep": ";", "header": None, "names": ["name", "age"]}
    frame = read_frame(place, Reader("read_csv", options))
    assert frame.to_dict("list") == {"name": ["Ann", "Bob"], "age": [31, 44]}
    assert not lacks_header(frame)
    indexed = read_frame(place, Reader("read_csv", options | {"index_col": "name"}))
    assert list(indexed.columns) == ["name", "age"]
    with pytest.raises(DataError, match="ValueError") as refused:
        read_frame(place, Reader("read_csv", options | {"dtype": {"name": float}}))
    assert "Ann" not in str(refused.value)
    with pytest.raises(DataError, match="in pieces"):
        read_frame(place, Reader("read_csv", options | {"iterator": True}))
