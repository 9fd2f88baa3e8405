"""Held-back rows are new ones, drawn by a seed, and neither they nor their like are trained on."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from nbmlops.core.pipeline import Reader
from nbmlops.errors import MonitorError
from nbmlops.monitor.holding import hold_back
from nbmlops.monitor.splitting import split_table
from nbmlops.values.profile import digest_rows

CSV = Reader("read_csv")


@pytest.fixture
def before(census: pd.DataFrame, tmp_path: Path) -> Path:
    census.head(2_000).to_csv(tmp_path / "before.csv.gz", index=False)
    return tmp_path / "before.csv.gz"


def test_a_fifth_of_the_new_rows_is_held_back(census: pd.DataFrame, before: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.csv.gz"
    rows = pd.concat([census.iloc[1_500:2_000], census.iloc[3_000:4_000]]).sample(frac=1, random_state=0)
    rows.to_csv(new, index=False)
    found = hold_back([before], new, CSV, tmp_path / "work")
    known = set(digest_rows(census.head(2_000)))
    expected = sum(digest in known for digest in digest_rows(rows))
    assert (found.rows, found.known) == (1_500, expected)
    assert expected >= 500
    assert found.held == round(0.2 * (1_500 - expected))
    held = digest_rows(pd.read_csv(found.held_file))
    train = digest_rows(pd.read_csv(found.train_file))
    assert len(held) == found.held and len(train) == found.train
    assert not set(held) & (known | set(train))
    assert found.rows == found.held + found.repeated + found.train


def test_rows_like_those_held_back_are_not_trained_on(
    census: pd.DataFrame, before: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.csv"
    fresh = census.iloc[3_000:3_400]
    pd.concat([fresh, fresh, fresh]).to_csv(new, index=False)
    found = hold_back([before], new, CSV, tmp_path / "work")
    held, train = (digest_rows(pd.read_csv(f)) for f in (found.held_file, found.train_file))
    assert not set(held) & set(train)
    assert found.repeated > 0


def test_the_draw_is_the_same_again(census: pd.DataFrame, before: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.csv"
    census.iloc[3_000:3_500].to_csv(new, index=False)
    first, second = (hold_back([before], new, CSV, tmp_path / work) for work in ("a", "b"))
    assert first.seed == second.seed
    assert first.held_file.read_bytes() == second.held_file.read_bytes()


def test_rows_stay_as_they_are_written(tmp_path: Path) -> None:
    """Quotes, line breaks in fields, and numbers keep their spelling."""
    head = "name,note,size\r\n"
    rows = [f'"n{i}","a ""b""\r\nc{i}",0{i}.50\r\n' for i in range(400)]
    new = tmp_path / "new.csv.gz"
    new.write_bytes(gzip.compress((head + "".join(rows)).encode()))
    before = tmp_path / "before.csv"
    before.write_text(head + "x,y,1.0\n")
    found = hold_back([before], new, CSV, tmp_path / "work")
    text = gzip.decompress(found.train_file.read_bytes()).decode()
    held = gzip.decompress(found.held_file.read_bytes()).decode()
    assert text.startswith(head) and held.startswith(head)
    assert sorted(rows) == sorted(row for row in rows if (row in text) != (row in held))


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_other_kinds_of_files(census: pd.DataFrame, tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    before, new = tmp_path / f"before{suffix}", tmp_path / f"new{suffix}"
    for place, rows in ((before, census.iloc[2_900:3_100]), (new, census.iloc[3_000:3_500])):
        if suffix == ".jsonl":
            rows.to_json(place, orient="records", lines=True)
        else:
            rows.reset_index(drop=True).to_parquet(place)
    reader = Reader("read_json", {"lines": True}) if suffix == ".jsonl" else Reader("read_parquet")
    found = hold_back([before], new, reader, tmp_path / "work")
    assert found.held + found.repeated + found.train == 500
    assert found.known >= 100
    assert found.held_file.suffix == suffix


def test_rows_of_every_earlier_file_are_known(census: pd.DataFrame, before: Path, tmp_path: Path) -> None:
    census.iloc[2_000:2_500].to_csv(tmp_path / "second.csv", index=False)
    census.iloc[1_500:4_000].to_csv(tmp_path / "new.csv", index=False)
    found = hold_back([before, tmp_path / "second.csv"], tmp_path / "new.csv", CSV, tmp_path / "work")
    known = set(digest_rows(census.head(2_500)))
    assert found.known == sum(digest in known for digest in digest_rows(census.iloc[1_500:4_000])) >= 1_000
    assert not known & set(digest_rows(pd.read_csv(found.held_file)))


def test_file_without_header_is_split_by_its_own_reader(census: pd.DataFrame, tmp_path: Path) -> None:
    names = list(census.columns)
    reader = Reader("read_csv", {"header": None, "names": names, "sep": ";"})
    before, new = tmp_path / "before.data", tmp_path / "new.data"
    census.iloc[:500].to_csv(before, index=False, header=False, sep=";")
    census.iloc[400:1_000].to_csv(new, index=False, header=False, sep=";")
    found = hold_back([before], new, reader, tmp_path / "work")
    assert found.rows == 600 and found.known >= 100
    parts = [file.read_text().splitlines() for file in (found.held_file, found.train_file)]
    assert [len(part) for part in parts] == [found.held, found.train]
    assert not set(parts[0]) & set(before.read_text().splitlines())


@pytest.mark.parametrize("sep", [",", ";"])
def test_no_row_is_told_where_the_header_is_missing(
    census: pd.DataFrame, before: Path, tmp_path: Path, sep: str
) -> None:
    new = tmp_path / "new.csv"
    census.iloc[3_000:3_500].to_csv(new, index=False, header=False, sep=sep)
    with pytest.raises(MonitorError, match="It may lack its header line") as refused:
        hold_back([before], new, CSV, tmp_path / "work")
    assert str(census.iloc[3_000]["fnlwgt"]) not in str(refused.value)


@pytest.mark.parametrize(
    "options", [{"skiprows": 2}, {"header": 1}, {"comment": "#"}, {"encoding": "utf-16"}]
)
def test_lines_that_need_not_be_rows_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    (tmp_path / "new.csv").write_text("a\n1\n")
    with pytest.raises(MonitorError, match="need not be a line"):
        split_table(tmp_path / "new.csv", 1, {}, Reader("read_csv", options))


def test_too_few_new_rows_are_refused(census: pd.DataFrame, before: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.csv"
    census.iloc[:2_100].to_csv(new, index=False)
    with pytest.raises(MonitorError, match="could be held back; 50 are needed"):
        hold_back([before], new, CSV, tmp_path / "work")


def test_other_columns_are_named(census: pd.DataFrame, before: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.csv"
    census.rename(columns={"age": "years"}).to_csv(new, index=False)
    with pytest.raises(MonitorError, match="lacks 'age' and has 'years' in addition"):
        hold_back([before], new, CSV, tmp_path / "work")
