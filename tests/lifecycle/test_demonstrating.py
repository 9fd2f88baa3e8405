"""The demonstration leaves somebody's folder alone, and makes what it says that it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbmlops.api.demonstrating import run_demo
from nbmlops.core.quickstart import locate_quickstart
from nbmlops.errors import UsageError
from nbmlops.lifecycle.demonstrating import list_questions, make_data, prepare_place
from nbmlops.values.profile import digest_rows, read_table

CENSUS = locate_quickstart() / "adult.csv.gz"


def test_folder_is_made_and_made_anew(tmp_path: Path) -> None:
    notebook = prepare_place(tmp_path / "demo")
    assert notebook.is_file() and (notebook.parent / "adult.csv.gz").is_file()
    (notebook.parent / ".nbmlops").mkdir()
    (notebook.parent / "mine.txt").write_text("keep")
    notebook.write_text("changed")
    assert prepare_place(tmp_path / "demo") == notebook
    assert notebook.read_bytes() == (locate_quickstart() / "quickstart.ipynb").read_bytes()
    assert not (notebook.parent / ".nbmlops").exists()
    assert (notebook.parent / "mine.txt").read_text() == "keep"


def test_somebodys_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("keep")
    with pytest.raises(UsageError, match="left alone"):
        run_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(UsageError, match="is a file"):
        run_demo(tmp_path / "notes.txt")


def test_questions_are_raw_rows_of_which_half_have_changed() -> None:
    rows, dropped = list_questions(CENSUS, 100)
    assert len(rows) == 100 and "income" not in rows[0]
    assert dropped["native_country"] is None
    assert all(isinstance(row["age"], int) for row in rows)
    older = sum(row["age"] for row in rows[50:]) - sum(row["age"] for row in rows[:50])
    assert older > 50 * 15


def test_new_data_holds_known_rows_and_changed_ones(tmp_path: Path) -> None:
    make_data(CENSUS, tmp_path / "new.csv.gz", 200, 600)
    source, made = read_table(CENSUS), read_table(tmp_path / "new.csv.gz")
    assert made.dtypes.equals(source.dtypes)
    known = set(digest_rows(source))
    found = [digest in known for digest in digest_rows(made)]
    assert all(found[:200]) and sum(found[200:]) < 60


@pytest.mark.slow
def test_the_whole_demonstration(tmp_path: Path) -> None:
    said: list[str] = []
    found = run_demo(tmp_path / "demo", progress=said.append)
    assert found.verdict == "identical"
    assert found.served_answer == found.notebook_answer
    assert "age" in found.drifting
    assert found.retrained.startswith("promoted")
    kept, _, total = found.statements_kept.partition(" of ")
    assert int(kept) < 0.6 * int(total.split()[0])
    assert [line.split()[2] for line in said if line.startswith("$ nbmlops")] == [
        "run", "export", "approve", "promote", "package", "serve", "monitor", "retrain",
    ]  # fmt: skip
