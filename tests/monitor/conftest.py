"""A part of the census data, for the tests of monitoring."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

CENSUS = Path(__file__).parents[2] / "notebooks" / "adult.csv.gz"


@pytest.fixture(scope="session")
def census() -> pd.DataFrame:
    return pd.read_csv(CENSUS)
