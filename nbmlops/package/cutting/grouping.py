"""Grouping: calls that give each row a statistic of its group or its number, and what they learned."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.package.cutting.freezing import Frozen, freeze_value
from nbmlops.package.runtime.learned import plain_label

__all__ = ["learn_encoders", "learn_factors", "learn_groups"]


def learn_groups(grouped: Any, made: Any) -> Frozen | None:
    """Return what ``grouped.transform(...)`` gave each group; None where it differs within a group."""
    if not isinstance(grouped, pd.api.typing.SeriesGroupBy) or not isinstance(made, pd.Series):
        return None
    if len(made) != len(grouped.obj) or not made.index.equals(grouped.obj.index):
        return None
    values: dict[Any, Any] = {}
    array = made.to_numpy()
    for label, places in grouped.indices.items():
        of_group = array[places]
        missing = pd.isna(of_group)
        if not (missing.all() or (not missing.any() and (of_group == of_group[0]).all())):
            return None
        values[plain_label(label)] = of_group[0]
    return freeze_value({"values": values, "dtype": str(made.dtype)})


def learn_encoders(frame: pd.DataFrame, encoder: Any) -> Frozen | None:
    """Return what `encoder` learns of each column, where it is fitted on one after the other."""
    if not frame.columns.is_unique or not hasattr(encoder, "get_params"):
        return None
    return freeze_value({name: copy.deepcopy(encoder).fit(frame[name]) for name in frame.columns})


def learn_factors(made: Any) -> Frozen | None:
    """Return the distinct values that ``factorize`` numbered."""
    if not isinstance(made, tuple) or len(made) != 2 or not isinstance(made[0], np.ndarray):
        return None
    return freeze_value(pd.Index(made[1]))
