"""Times: what the schema accepts is read as it was sent, and whatever else is refused by its field."""

from __future__ import annotations

import datetime
import itertools

import pandas as pd
import pytest

from nbmlops.package.runtime.schema import Schema, parse_schema

DAYS = ("2024-01-02", "20240102", "1677-12-31", "2262-01-01", "0001-01-01", "9999-12-31")
HOURS = (
    "",
    "T10",
    "T10:11",
    "T10:11:12",
    "T101112",
    " 10:11:12.5",
    "T10:11:12.123456",
    "T10:11:12.500000000",
)
OFFSETS = ("", "Z", "+05:00", "-0530", "+14")


def make_schema(dtype: str) -> Schema:
    field = {"name": "at", "dtype": dtype, "kind": "time", "required": True, "nullable": True}
    return parse_schema({"inputs": [field]})


@pytest.mark.parametrize("dtype", ["ns", "us", "s", "us, Europe/Berlin", "ns, UTC"])
def test_what_is_accepted_is_the_same_moment_in_the_frame(dtype):
    schema = make_schema(f"datetime64[{dtype}]")
    accepted = 0
    for parts in itertools.product(DAYS, HOURS, OFFSETS):
        text = "".join(parts)
        if schema.check_rows([{"at": text}]):
            continue
        accepted += 1
        frame = schema.build_rows([{"at": text}, {"at": None}])
        assert str(frame["at"].dtype) == f"datetime64[{dtype}]"
        wanted = pd.Timestamp(datetime.datetime.fromisoformat(text))
        assert frame["at"][0] == wanted, text
        assert frame["at"].isna()[1]
    assert accepted > 5


@pytest.mark.parametrize(
    ("dtype", "text", "word"),
    [
        ("us", "2024-01-01T00:00:00+05:00", "has an offset"),
        ("us", "2024-01-01Z", "no time"),
        ("us", "2024-01-02+05:00", "no time"),
        ("us", "2024-W01-1", "no time"),
        ("us", "2024-13-01", "no time"),
        ("us", "２０24-01-01", "no time"),
        ("us", "2024-01-01T00:00:00.123456789", "finer"),
        ("s", "2024-01-01T00:00:00.5", "finer"),
        ("ns", "2300-01-01", "range"),
        ("us, UTC", "2024-01-01T00:00:00", "no offset"),
    ],
)
def test_what_would_be_read_otherwise_is_refused_by_its_field(dtype, text, word):
    (problem,) = make_schema(f"datetime64[{dtype}]").check_rows([{"at": text}])
    assert problem.field == "at"
    assert word in problem.problem
