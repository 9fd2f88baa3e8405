"""Versions that are not there or may not go on, logs without predictions, and new data that is none."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.bad_input.conftest import make_people
from tests.bad_input.desk import Desk

REFUSED = {
    "approve income 9": (3, "no version 9", "it has: 1", "nbmlops models"),
    "approve income -1": (3, "no version -1"),
    "approve incom 1": (3, "'incom'", "close: income", "nbmlops models"),
    "reject nobody 1": (3, "'nobody'", "there are: income, spare"),
    "promote spare 1 champion": (3, "nobody has approved it", "nbmlops approve spare 1"),
    "promote income 9 champion": (3, "no version 9"),
    "promote income 1 3": (2, "'3' cannot be an alias"),
    "promote income 1 ../a": (2, "'../a' cannot be an alias"),
    "rollback income": (3, "version 1 is its first champion", "nbmlops promote income VERSION champion"),
    "rollback spare": (3, "has no champion"),
    "rollback nobody": (3, "'nobody'"),
    "package income@nobody out": (3, "no alias 'nobody'", "it has: 'champion'"),
    "package income@7 out": (3, "no version 7"),
    "package nobody out": (3, "'nobody'"),
    "package @ out": (2, "''"),
    "package income out --for mars": (2, "'mars'", "docker"),
    "serve nobody": (3, "'nobody'"),
    "serve income --port 80000": (2, "port 80000", "1 to 65535"),
    "monitor nobody": (3, "'nobody'"),
    "monitor income": (3, "no log of predictions", "--log FILE"),
    "monitor income --log none.jsonl": (3, "'none.jsonl'", "--log FILE"),
    "monitor income --log .": (3, "'.'"),
    "monitor income --log garbage.jsonl": (
        3,
        "'garbage.jsonl'",
        "no prediction of 'income'",
        "6 of its lines",
    ),
    "retrain nobody --input people=new.csv": (3, "'nobody'"),
    "retrain spare --input people=new.csv": (3, "no alias 'champion'", "nbmlops promote spare 1 champion"),
    "retrain income": (2, "one new file", "--input people=NEW_FILE"),
    "retrain income --input a=b --input people=c": (2, "one new file"),
    "retrain income --input peple=new.csv": (2, "no input 'peple'", "'people'"),
    "retrain income --input people=none.csv": (3, "'none.csv'"),
    "retrain income --input people=.": (3, "'.'"),
    "retrain income --input people=new.csv --margin nan": (2, "'nan'", "--margin 0.01"),
    "retrain income --input people=new.csv --metric nosuch": (3, "'nosuch'", "--metric"),
    "retrain income --input people=people.csv": (3, "0 rows that the champion was not trained on"),
    "retrain income --input people=header.csv": (3, "0 rows"),
    "retrain income --input people=lacks.csv": (3, "'kind'", "same columns"),
    "retrain income --input people=words.csv": (3, "'age' held numbers", "same columns and types"),
    "retrain income --input people=empty.csv": (3, "empty.csv'", "it is empty"),
    "retrain income --input people=binary.csv": (3, "binary.csv'", "it is not text"),
}


@pytest.fixture(scope="module")
def desk(stocked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "desk"
    shutil.copytree(stocked.folder, folder)
    new = make_people(400, 1)
    new.to_csv(folder / "new.csv", index=False)
    new.drop(columns="kind").to_csv(folder / "lacks.csv", index=False)
    new.head(0).to_csv(folder / "header.csv", index=False)
    new.assign(age="old").to_csv(folder / "words.csv", index=False)
    (folder / "empty.csv").touch()
    (folder / "binary.csv").write_bytes(b"\xff\xfe\x00,\xb3\n" * 500)
    (folder / "garbage.jsonl").write_text('no json\n{"a": 1}\n[1]\nnull\n{"half\n' + "[" * 100_000)
    return Desk(folder, folder / ".nbmlops" / "store.db")


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_done_with_a_model(desk, line):
    before = desk.type("models", "--json").output
    code, *parts = REFUSED[line]
    answer = desk.type(*line.split()).refuses(*parts, code=code)
    assert "nbmlops-" not in answer.message
    assert desk.type("models", "--json").output == before
    assert not (desk.folder / "out").exists()


def test_lines_of_a_log_that_are_none_are_counted(desk):
    row = {"age": 30, "hours": 40.5, "kind": "a"}
    line = {
        "time": "2026-01-01T00:00:00+00:00",
        "model": "income",
        "version": 1,
        "row": row,
        "prediction": "no",
    }
    text = f"garbage\n{json.dumps(line)}\n" + f"{json.dumps(line)}\n" * 200 + '{"half'
    (desk.folder / "half.jsonl").write_text(text)
    answer = desk.type("monitor", "income", "--log", "half.jsonl")
    assert answer.code == 0, answer.errors
    assert "201 predictions" in answer.output
    assert "2 lines of the log could not be read" in " ".join(answer.output.split())


def test_a_model_whose_data_was_made_in_the_notebook(desk):
    """It has no input: there is no raw row to serve, no new file to train on, nothing to watch."""
    cells = [
        "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
        "df = pd.DataFrame({'a': range(100), 'b': [1, 0] * 50})",
        "made = LogisticRegression().fit(df[['a']], df['b'])",
    ]
    desk.write_notebook("made.ipynb", cells)
    for line in ("run made.ipynb", "register made --as made", "approve made 1", "promote made 1 champion"):
        assert desk.type(*line.split()).code == 0
    desk.type("package", "made", "out").refuses("no raw rows", "pd.read_csv", "register again")
    desk.type("monitor", "made").refuses("'made'")
    answer = desk.type("retrain", "made", "--input", "df=new.csv").refuses("'made' reads no file")
    assert "--input NAME" not in answer.message
