"""The table that the twelve notebooks read: customers with numbers, gaps, categories, dates and notes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["write_customers"]

_WORDS = ["late", "price", "friendly", "broken", "refund", "quick", "delivery", "again", "never", "happy"]
_PLANS = ["basic", " Plus", "team", "basic "]


def write_customers(path: Path, rows: int = 600) -> pd.DataFrame:
    """Write the table and return it; the same each time."""
    dice = np.random.default_rng(11)
    start = pd.Timestamp("2019-01-01")
    frame = pd.DataFrame(
        {
            "id": np.arange(rows) + 1000,
            "age": dice.integers(18, 90, rows),
            "income": dice.normal(40_000, 9_000, rows).round(2),
            "visits": dice.poisson(4, rows),
            "city": dice.choice(["Rome", "Oslo", "Bern", "Lima"], rows),
            "plan": dice.choice(_PLANS, rows),
            "since": (start + pd.to_timedelta(dice.integers(0, 1500, rows), "D")).strftime("%Y-%m-%d"),
            "note": [" ".join(dice.choice(_WORDS, 5)) + "!" for _ in range(rows)],
            "spent": dice.gamma(2.0, 60.0, rows).round(2),
        }
    )
    frame.loc[::19, "income"] = np.nan
    frame.loc[::31, "note"] = None
    frame["left"] = ((frame["age"] / 90 + frame["visits"] / 12 + dice.random(rows)) > 1.4).astype(int)
    frame.to_csv(path, index=False)
    return frame
