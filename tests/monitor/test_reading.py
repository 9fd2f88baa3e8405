"""The newest predictions of one version are read, over rotated files and torn lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbmlops.errors import MonitorError
from nbmlops.monitor.reading import read_log


def line(number: int, version: int = 1, model: str = "income") -> str:
    return json.dumps(
        {
            "id": str(number),
            "time": f"2026-01-{number:02}T00:00:00",
            "model": model,
            "version": version,
            "row": {"age": number},
            "prediction": number % 2,
        }
    )


def test_rotated_files_are_one_log(tmp_path: Path) -> None:
    log = tmp_path / "income.jsonl"
    (tmp_path / "income.jsonl.2").write_text(line(1) + "\n")
    (tmp_path / "income.jsonl.1").write_text(f"{line(2)}\n{line(3, version=2)}\n")
    log.write_text(f"{line(4)}\n{line(5, model='other')}\n" + line(6)[:20])
    (tmp_path / "income.jsonl.bak").write_text(line(7))
    found = read_log(log, "income", 1)
    assert [row["age"] for row in found.rows] == [1, 2, 4]
    assert found.predictions == (1, 0, 0)
    assert (found.since, found.until) == ("2026-01-01T00:00:00", "2026-01-04T00:00:00")


def test_only_the_newest_are_taken(tmp_path: Path) -> None:
    log = tmp_path / "income.jsonl"
    (tmp_path / "income.jsonl.1").write_text(f"{line(1)}\n{line(2)}\n")
    log.write_text(f"{line(3)}\n{line(4)}\n")
    assert [row["age"] for row in read_log(log, "income", 1, most=3).rows] == [2, 3, 4]


def test_absent_log_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="no log of predictions") as error:
        read_log(tmp_path / "income.jsonl", "income", 1)
    assert "--log FILE" in error.value.then


def test_log_of_other_versions_names_them(tmp_path: Path) -> None:
    log = tmp_path / "income.jsonl"
    log.write_text(line(1, version=3) + "\nnot json\n[1]\n")
    with pytest.raises(MonitorError, match="income@3"):
        read_log(log, "income", 1)
