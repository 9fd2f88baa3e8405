"""Rows of the reference itself name no column; a real shift names the column that has shifted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbmlops.core.drift import DriftReport
from nbmlops.core.value import Profile
from nbmlops.errors import MonitorError
from nbmlops.monitor.drift import LEAST_ROWS, find_drift
from nbmlops.monitor.reading import Logged
from nbmlops.values.profile import profile_frame


@pytest.fixture(scope="module")
def reference(census: pd.DataFrame) -> Profile:
    return profile_frame(census)


def send(frame: pd.DataFrame) -> Logged:
    """Log a frame as a service logs it: missing values are null."""
    rows = tuple({k: None if v != v else v for k, v in row.items()} for row in frame.to_dict("records"))
    return Logged(rows, tuple("<=50K" for _ in rows), "2026-01-01T00:00:00", "2026-01-02T00:00:00")


def report(reference: Profile, frame: pd.DataFrame) -> DriftReport:
    return find_drift("income", 1, reference, send(frame))


def find(found: DriftReport, name: str) -> Any:
    return next(column for column in found.columns if column.column == name)


@pytest.mark.parametrize(("rows", "seeds"), [(100, 10), (200, 12), (5_000, 1)])
def test_rows_of_the_reference_name_no_column(
    census: pd.DataFrame, reference: Profile, rows: int, seeds: int
) -> None:
    named = [report(reference, census.sample(rows, random_state=seed)).drifting for seed in range(seeds)]
    assert named == [()] * seeds


def test_cleaned_rows_do_not_look_like_drift(census: pd.DataFrame, reference: Profile) -> None:
    kept = census.dropna(subset=["native_country", "workclass", "occupation"])
    assert report(reference, kept.sample(5_000, random_state=0)).drifting == ()


def test_shift_of_half_the_rows_is_named(census: pd.DataFrame, reference: Profile) -> None:
    sent = census.sample(300, random_state=1)
    sent.iloc[150:, sent.columns.get_loc("age")] += 25
    found = report(reference, sent)
    assert found.drifting == ("age",)
    assert "37 in training" in find(found, "age").message
    assert (found.rows, found.since) == (300, "2026-01-01T00:00:00")


def test_farthest_column_comes_first(census: pd.DataFrame, reference: Profile) -> None:
    sent = census.sample(400, random_state=2).assign(sex="Female")
    sent["age"] += 8
    assert report(reference, sent).drifting == ("sex", "age")


def test_new_category_is_said(census: pd.DataFrame, reference: Profile) -> None:
    sent = census.sample(300, random_state=3)
    sent.iloc[:60, sent.columns.get_loc("race")] = "Martian"
    sent.iloc[:60, sent.columns.get_loc("workclass")] = "Robot"
    found = report(reference, sent)
    assert set(found.drifting) == {"race", "workclass"}
    assert "new: 'Martian' (60 times)" in find(found, "race").message
    assert "rare or absent in training: 'Robot' (60 times)" in find(found, "workclass").message


def test_missing_values_are_drift_only_when_they_become_more(
    census: pd.DataFrame, reference: Profile
) -> None:
    sent = census.sample(300, random_state=4)
    sent.iloc[:120, sent.columns.get_loc("occupation")] = None
    found = report(reference, sent)
    assert found.drifting == ("occupation",)
    assert "5.7% in training" in find(found, "occupation").message


def test_dates_and_flags_are_compared() -> None:
    dice = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(dice.integers(0, 366, 3_000), unit="D")
    frame = pd.DataFrame({"day": days, "flag": dice.random(3_000) < 0.3, "size": dice.normal(size=3_000)})
    reference = profile_frame(frame)

    def as_sent(part: pd.DataFrame) -> pd.DataFrame:
        return part.assign(day=[day.isoformat() for day in part["day"]])

    assert report(reference, as_sent(frame.sample(300, random_state=0))).drifting == ()
    later = frame.sample(300, random_state=0).assign(flag=True)
    later["day"] += pd.Timedelta(days=200)
    assert set(report(reference, as_sent(later)).drifting) == {"day", "flag"}


def test_columns_that_nobody_sent_are_left_out(census: pd.DataFrame, reference: Profile) -> None:
    found = report(reference, census.sample(200, random_state=5)[["age", "sex"]])
    assert [column.column for column in found.columns] == ["age", "sex"]


def test_too_few_rows_are_refused(census: pd.DataFrame, reference: Profile) -> None:
    with pytest.raises(MonitorError) as error:
        report(reference, census.head(LEAST_ROWS - 7))
    assert "when 7 more rows" in error.value.then
