"""The schema of an input holds on what was read, and shows nobody's value."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from nbmlops.pipeline.validating import find_nice, write_schema
from nbmlops.values.profile import profile_frame


@pytest.mark.parametrize(
    "bound", [0.0, 17.0, 90.0, 99999.0, 0.3, -0.3, -20.0, 1e-9, 1.0, 1e300, 100.0, 5e-324, -1e-310]
)
def test_a_bound_is_beyond_and_near(bound):
    low, high = find_nice(bound, down=True), find_nice(bound, down=False)
    assert low < bound < high
    assert abs(bound) < 1e-300 or high - low <= abs(bound) * 2.2


def test_what_is_rare_is_not_shown():
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"age": draw.integers(18, 91, 500), "pay": draw.normal(30_000.5, 5_000.3, 500).round(2)}
    )
    frame["word"] = ["yes", "no"] * 245 + [f"rare{n}" for n in range(10)]
    frame["flag"] = ["on", "off"] * 250
    frame["few"] = [7.5] + [None] * 499
    text = write_schema({"people": profile_frame(frame)}).decode()
    compile(text, "schema.py", "exec")
    shown = {
        float(number)
        for number in re.findall(r"-?\d+(?:\.\d+)?", text.partition('"age"')[2])
        if number != "64"
    }
    rare = {value for name in ("pay", "few") for value in frame[name].dropna()}
    assert not shown & rare
    assert "rare" not in text
    assert 'isin(["off", "on"])' in text
    assert '"word": pa.Column("str"),' in text
    assert "in_range(10, 100)" in text


def test_bounds_that_some_rows_exceed_are_no_bounds():
    draw = np.random.default_rng(0).random(500)
    frame = pd.DataFrame({"ratio": draw, "wide": draw, "long": ["x" * 120, "y" * 130] * 250})
    frame.loc[3, "ratio"], frame.loc[3, "wide"] = float("inf"), 1.7e308
    text = write_schema({"people": profile_frame(frame)}).decode()
    compile(text, "schema.py", "exec")
    assert '"ratio": pa.Column("float64"),' in text
    assert '"wide": pa.Column("float64"),' in text
    assert not re.search(r"\n +\n", text)
