"""A pipeline's own reader is known where its text says it for certain, and only there."""

from __future__ import annotations

import pytest

from nbmlops.core.pipeline import Piece, Reader
from nbmlops.pipeline.readers import find_reader, is_plain

HEAD = "import pandas as pd\n# --\n"
SURE = {
    "plain": ("df = pd.read_csv(parameters.data)", Reader("read_csv")),
    "options": (
        'df = pd.read_csv(parameters.data, header=None, names=["a", "b"], sep=";")',
        Reader("read_csv", {"header": None, "names": ["a", "b"], "sep": ";"}),
    ),
    "a name for the columns": (
        'COLUMNS = ["a", "b"]\n# --\n'
        "df = pd.read_csv(parameters.data, names=COLUMNS).dropna()\n# --\nX = df[COLUMNS]",
        Reader("read_csv", {"names": ["a", "b"]}),
    ),
    "a name for the path": (
        "path = parameters.data\n# --\ndf = pd.read_csv(path, na_values='?')",
        Reader("read_csv", {"na_values": "?"}),
    ),
    "another parameter": (
        "SEP = parameters.SEP\n# --\ndf = pd.read_csv(parameters.data, sep=SEP)",
        Reader("read_csv", {"sep": "\t"}),
    ),
    "a function": (
        "def load(path):\n    df = pd.read_csv(path, dtype={'a': str})\n    return df\n"
        "# --\ndf = load(parameters.data)",
        Reader("read_csv", {"dtype": {"a": str}}),
    ),
    "from pandas": (
        "from pandas import read_json\n# --\ndf = read_json(parameters.data, lines=True)",
        Reader("read_json", {"lines": True}),
    ),
}
UNSURE = {
    "another library": "import polars as pl\n# --\ndf = pl.read_csv(parameters.data)",
    "a pickle": "df = pd.read_pickle(parameters.data)",
    "a callable option": "df = pd.read_csv(parameters.data, skiprows=lambda n: n > 9)",
    "a computed option": "n = len(open('x').read())\n# --\ndf = pd.read_csv(parameters.data, nrows=n)",
    "unpacked options": "options = {}\n# --\ndf = pd.read_csv(parameters.data, **options)",
    "columns that grow": (
        "names = ['a']\n# --\nnames.append('b')\n# --\ndf = pd.read_csv(parameters.data, names=names)"
    ),
    "two readings": "a = pd.read_csv(parameters.data)\n# --\nb = pd.read_csv(parameters.data, header=None)",
    "an open file": "with open(parameters.data) as f:\n    df = pd.read_csv(f)",
    "a name bound twice": "p = parameters.data\n# --\np = 'other.csv'\n# --\ndf = pd.read_csv(p)",
    "a function called twice": (
        "def load(p, h):\n    return pd.read_csv(p, header=h)\n"
        "# --\na = load(parameters.data, None)\n# --\nb = load('x', 0)"
    ),
    "an argument of the function": (
        "def load(p, h):\n    return pd.read_csv(p, header=h)\n# --\na = load(parameters.data, None)"
    ),
    "nothing at all": "x = 1",
}


def make_pieces(code: str) -> list[Piece]:
    return [Piece((number, 0), text) for number, text in enumerate((HEAD + code).split("# --\n"), 1)]


@pytest.mark.parametrize("case", SURE)
def test_reader_is_found(case: str) -> None:
    code, expected = SURE[case]
    assert find_reader(make_pieces(code), "data", {"SEP": "\t"}) == expected


@pytest.mark.parametrize("case", UNSURE)
def test_doubt_is_no_reader(case: str) -> None:
    assert find_reader(make_pieces(UNSURE[case]), "data") is None


def test_plain_is_what_anybody_would_do() -> None:
    assert is_plain(Reader("read_csv"), "a/b.csv.gz")
    assert is_plain(Reader("read_csv", {"low_memory": False}), "b.csv")
    assert is_plain(Reader("read_json", {"lines": True}), "b.jsonl")
    assert is_plain(Reader("read_parquet"), "b.parquet")
    assert not is_plain(Reader("read_csv", {"header": None}), "b.csv")
    assert not is_plain(Reader("read_json"), "b.json")
    assert not is_plain(Reader("read_csv"), "b.parquet")
    assert not is_plain(Reader("read_csv"), "b.tsv")
