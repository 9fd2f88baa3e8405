"""Learned values: what the row function knows of the training data beyond the row that it is given."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd

from .manifest import read_checked

__all__ = ["FILE", "load_learned", "use_categories"]

FILE = "learned.pkl"


def load_learned(folder: Path | None = None) -> dict[str, Any]:
    """Load the learned values that are kept beside this module; empty where there are none.

    Raises DamagedError where the file is not the one that was packaged.
    """
    here = folder or Path(__file__).parent
    if not (here / FILE).exists():
        return {}
    learned: dict[str, Any] = pickle.loads(read_checked(here, FILE))
    return learned


def use_categories(rows: Any, categories: Any) -> Any:
    """Give a series, or the named columns of a frame, the categories that training saw.

    A value that training did not see becomes missing.
    """
    if isinstance(rows, pd.Series):
        return rows.astype(categories)
    return rows.astype({column: dtype for column, dtype in categories.items() if column in rows})
