"""What a service logged is compared with the champion's reference, and the report is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbmlops.errors import MonitorError
from nbmlops.lifecycle.demonstrating import list_rows
from nbmlops.lifecycle.monitoring import watch_model
from nbmlops.lifecycle.packaging import locate_log
from nbmlops.store.opening import Store
from nbmlops.values.profile import read_table


def write_log(place: Path, rows: list[dict[str, Any]], answer: str = "") -> Path:
    """Log rows; without an answer a quarter of them is said to earn more, as in the data."""
    place.parent.mkdir(parents=True, exist_ok=True)
    known = {"model": "income", "version": 1}
    lines = [
        {
            **known,
            "time": f"2026-01-01T00:00:{n % 60:02}",
            "row": row,
            "prediction": answer or (">50K" if n % 5 == 0 else "<=50K"),
        }
        for n, row in enumerate(rows)
    ]
    place.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return place


@pytest.fixture
def sent(champion_folder: Path) -> list[dict[str, Any]]:
    return list(list_rows(read_table(champion_folder / "adult.csv").head(400)))


def test_training_rows_do_not_drift(champion_store: Store, sent: list[dict[str, Any]]) -> None:
    write_log(locate_log(champion_store, "income"), sent)
    report = watch_model(champion_store, "income")
    assert (report.model, report.version, report.rows, report.drifting) == ("income", 1, 400, ())
    assert report.prediction is not None and not report.prediction.drifted
    assert champion_store.reports.list_reports("income") == (report,)


def test_older_people_are_named(champion_store: Store, sent: list[dict[str, Any]], tmp_path: Path) -> None:
    log = write_log(tmp_path / "other.jsonl", [{**row, "age": row["age"] + 20} for row in sent])
    assert watch_model(champion_store, "income", log).drifting == ("age",)


def test_answers_that_have_shifted_are_told(
    champion_store: Store, sent: list[dict[str, Any]], tmp_path: Path
) -> None:
    log = write_log(tmp_path / "other.jsonl", sent, ">50K")
    report = watch_model(champion_store, "income", log)
    assert report.drifting == ()
    assert report.prediction is not None and report.prediction.drifted
    assert "in training" in report.prediction.message


def test_without_a_log_there_is_nothing_to_compare(champion_store: Store) -> None:
    with pytest.raises(MonitorError, match="no log of predictions"):
        watch_model(champion_store, "income")
