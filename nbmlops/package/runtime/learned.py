"""Learned values: what the row function knows of the training data beyond the row that it is given."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .manifest import LEARNED, PICKLED, PLAIN, read_checked, read_manifest

__all__ = ["load_learned", "plain_label", "use_categories", "use_factors", "use_groups"]


def load_learned(folder: Path | None = None) -> dict[str, Any]:
    """Load the learned values that are kept beside this module; empty where there are none.

    Raises DamagedError where the file is not the one that was packaged.
    """
    here = folder or Path(__file__).parent
    manifest = read_manifest(here)
    learned: dict[str, Any] = {}
    if manifest.get("format", PICKLED[0]) not in PICKLED:
        if PLAIN in manifest.get("files", {}):
            from .plain import read_plain

            learned = read_plain(json.loads(read_checked(here, PLAIN, manifest)))
    elif (here / LEARNED).exists():
        learned = pickle.loads(read_checked(here, LEARNED, manifest))
    return learned


def use_categories(rows: Any, categories: Any) -> Any:
    """Give a series, or the named columns of a frame, the categories that training saw.

    A value that training did not see becomes missing.
    """
    if isinstance(rows, pd.Series):
        return rows.astype(categories)
    return rows.astype({column: dtype for column, dtype in categories.items() if column in rows})


def plain_label(label: Any) -> Any:
    """Return what a group is looked up by: without numpy's types, and with None for what is missing."""
    if isinstance(label, tuple):
        return tuple(plain_label(part) for part in label)
    if pd.isna(label):
        return None
    return label.item() if isinstance(label, np.generic) else label


def use_groups(grouped: Any, learned: dict[str, Any]) -> Any:
    """Give each row what training gave its group; a row without a group gets a missing value.

    Raises KeyError where training did not have the group.
    """
    made: list[Any] = [np.nan] * len(grouped.obj)
    for label, places in grouped.indices.items():
        value = learned["values"][plain_label(label)]
        for place in places:
            made[place] = value
    series: pd.Series[Any] = pd.Series(made, index=grouped.obj.index, name=grouped.obj.name)
    return series if series.isna().any() else series.astype(learned["dtype"])


def use_factors(values: Any, known: Any) -> Any:
    """Give each value its number among those that training saw, -1 where it is missing, and these.

    Raises KeyError where training did not see a value.
    """
    codes = known.get_indexer(pd.Index(values))
    missing = np.asarray(pd.isna(values))
    if (codes[~missing] < 0).any():
        raise KeyError("a value that training did not see")
    return np.where(missing, -1, codes), known
