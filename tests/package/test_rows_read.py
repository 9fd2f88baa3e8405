"""Rows out of files and bodies: none is shifted, cast or lost, and what cannot be read is named."""

from __future__ import annotations

import decimal
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from nbmlops.package.runtime.batch import Batch, score_rows
from nbmlops.package.runtime.formats import _plain, read_pieces
from nbmlops.package.runtime.protocol import read_invocation
from nbmlops.package.runtime.request import BadRequestError, read_rows
from nbmlops.package.runtime.schema import Schema, parse_schema


def make_field(name: str, dtype: str, *values: str) -> dict[str, Any]:
    return {"name": name, "dtype": dtype, "kind": "", "required": True, "nullable": True, "values": values}


@pytest.fixture
def schema() -> Schema:
    """Two numbers, a text, and a category one of whose values is called NA."""
    fields = [make_field("a", "float64"), make_field("b", "float64"), make_field("t", "str")]
    return parse_schema({"inputs": [*fields, make_field("land", "str", "NA", "DE")]})


def read_all(path: Path, schema: Schema) -> list[Any]:
    return [row for piece in read_pieces(str(path), None, schema, 2) for row in piece]


def test_a_line_of_another_length_shifts_nothing(schema, tmp_path):
    (tmp_path / "in.csv").write_text("a,b,t,land\n1,2,x,DE\n9,1,2,x,DE\n1,2\n\n3,4,y,NA\n")
    found = read_all(tmp_path / "in.csv", schema)
    assert found[0] == {"a": 1.0, "b": 2.0, "t": "x", "land": "DE"}
    assert found[1:3] == [["9", "1", "2", "x", "DE"], ["1", "2"]]
    assert found[3] == {"a": 3.0, "b": 4.0, "t": "y", "land": "NA"}
    assert [(p.row, p.problem) for p in schema.check_rows(found)] == [
        (1, "a row is an object: {column: value}, and no list of 5 values"),
        (2, "a row is an object: {column: value}, and no list of 2 values"),
    ]


def test_every_line_too_long_is_no_index(schema, tmp_path):
    (tmp_path / "in.csv").write_text("a,b,t,land\n9,1,2,x,DE\n9,3,4,y,DE\n")
    assert len(schema.check_rows(read_all(tmp_path / "in.csv", schema))) == 2


def test_csv_over_http_and_in_a_file_is_read_alike(schema, tmp_path):
    body = b'\xef\xbb\xbft,land,a,b\r\nnull,NA,NA,1e3\r\n"x,\ny",DE,,2\r\nnan,,1_0,-inf\r\n'
    (tmp_path / "in.csv").write_bytes(body)
    wanted = [
        {"t": None, "land": "NA", "a": None, "b": 1000.0},
        {"t": "x,\ny", "land": "DE", "a": None, "b": 2.0},
        {"t": None, "land": None, "a": "1_0", "b": float("-inf")},
    ]
    assert read_all(tmp_path / "in.csv", schema) == wanted
    assert read_invocation(body, "text/csv", schema) == wanted


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("in.csv", "a,a,t\n1,2,x\n", "twice"),
        ("in.csv", "", "empty"),
        ("in.csv", 'a,b,t,land\n1,2,"x,DE\n', "no CSV"),
        ("in.jsonl", '{"a": 1}\n{"a": 1, "a": 2}\n', "Line 2"),
        ("in.jsonl", "[" * 200_000, "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(schema, tmp_path, name, content, word):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=word) as raised:
        read_all(tmp_path / name, schema)
    assert name in str(raised.value)


def test_two_columns_of_a_query_with_one_name_are_refused(schema, tmp_path):
    with sqlite3.connect(tmp_path / "db") as opened:
        opened.execute("create table rows (a, b)")
        opened.execute("insert into rows values (1, 2)")
    with pytest.raises(ValueError, match="two columns the name 'a'"):
        list(read_pieces("select a, b as a from rows", str(tmp_path / "db"), schema, 2))


def test_decimals_are_numbers():
    assert [_plain(decimal.Decimal(text)) for text in ("39", "0.1")] == [39, 0.1]
    assert isinstance(_plain(decimal.Decimal("39")), int)


def test_a_value_that_json_cannot_hold_is_rejected_and_told(census, tmp_path):
    import importlib
    import sys

    with sqlite3.connect(tmp_path / "db") as opened:
        opened.execute("create table rows (age, sex)")
        opened.execute("insert into rows values (39, x'00ff')")
    sys.path.insert(0, str(census.path))
    try:
        batch = importlib.import_module("income_model.batch")
        wanted = tmp_path / "out.jsonl"
        done = batch.score_rows(batch.Batch("select * from rows", wanted, str(tmp_path / "db")))
    finally:
        sys.path.remove(str(census.path))
    assert done == (1, 1)
    (line,) = (tmp_path / "out.jsonl.rejects.jsonl").read_text().splitlines()
    assert json.loads(line)["values"]["sex"] == repr(b"\x00\xff")


def test_the_rows_themselves_are_never_overwritten(tmp_path):
    (tmp_path / "in.jsonl").write_text("{}\n")
    with pytest.raises(ValueError, match="take the place of the rows"):
        score_rows(Batch(str(tmp_path / "in.jsonl"), tmp_path / "in.jsonl"))
    assert (tmp_path / "in.jsonl").read_text() == "{}\n"


def test_a_name_that_is_there_twice_is_found_among_very_many(schema):
    # Counting each name takes minutes here, while nobody else is answered.
    names = [f"{number:x}" for number in range(150_000)]
    fields = ",".join(f'"{name}":1' for name in [*names, names[-1]])
    with pytest.raises(BadRequestError, match="twice"):
        read_rows(f"{{{fields}}}".encode())
    with pytest.raises(BadRequestError, match="twice"):
        read_invocation(",".join([*names, names[-1]]).encode(), "text/csv", schema)
    with pytest.raises(BadRequestError, match="no such column"):
        read_invocation(json.dumps({"dataframe_split": {"columns": names, "data": []}}).encode(), "", schema)


@pytest.mark.parametrize(
    ("body", "word"),
    [(b'{"a":' + b"9" * 5000 + b"}", "too many digits"), (b'{"a": "\xff"}', "no text in UTF-8")],
)
def test_what_python_says_of_a_body_is_not_repeated(body, word):
    with pytest.raises(BadRequestError, match=word) as raised:
        read_rows(body)
    assert "sys." not in str(raised.value)


def test_of_very_many_problems_the_first_are_told(schema):
    found = schema.check_rows([{}] * 5000, 1000)
    assert len(found) == 1001
    assert found[-1].row == 250
    assert "not looked at" in found[-1].problem
    assert len(schema.check_rows([{}] * 5000)) == 20_000
