"""Neighbours: rows among others than the notebook's, in another order, that must come out the same."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from nbmlops.package.cutting.bits import first_difference, take_rows
from nbmlops.package.cutting.loaded import Loaded
from nbmlops.package.runtime.cleaning import DroppedError

__all__ = ["choose_parts", "judge_part", "make_part"]

_PIECES = (1, 2, 16)
_SEVEN = 7
_SEVENS = 30


def choose_parts(total: int) -> list[list[int]]:
    """Return positions of rows: all of them shuffled, in halves, in sixteenths, and some by sevens.

    What depends on the rows around it comes out otherwise in one of these, also where it is rare.
    """
    dice = random.Random(7)
    parts: list[list[int]] = []
    for pieces in _PIECES:
        order = dice.sample(range(total), total)
        parts += [order[start::pieces] for start in range(min(pieces, total))]
    order = dice.sample(range(total), min(total, _SEVEN * _SEVENS))
    return parts + [order[start : start + _SEVEN] for start in range(0, len(order), _SEVEN)]


def make_part(loaded: Loaded, positions: list[int]) -> Any | None:
    """Return the features of these rows; None where the cleaning drops all of them."""
    try:
        return loaded.features(loaded.raw.iloc[positions].reset_index(drop=True))
    except DroppedError:
        return None


def judge_part(
    made: Any | None, positions: list[int], whole: Any, kept: list[int], by_index: bool
) -> str | None:
    """Say how these rows came out otherwise than among all rows; None where they did not.

    `kept` are the positions that `whole` holds, in order.
    """
    places = np.searchsorted(kept, positions)
    known = [at < len(kept) and kept[at] == position for at, position in zip(places, positions, strict=True)]
    wanted = [int(at) for at, there in zip(places, known, strict=True) if there]
    count = 0 if made is None else int(made.shape[0])
    if by_index and made is not None and hasattr(made, "index"):
        if not made.index.is_unique or not made.index.isin(range(len(positions))).all():
            return "rows are numbered otherwise than they were sent"
        made = made.iloc[np.argsort(np.asarray(made.index))]
        here = [number for number, there in enumerate(known) if there]
        if list(made.index) != here:
            return "other rows are kept than among all rows"
    elif count != len(wanted):
        return f"{count} rows are kept, and {len(wanted)} of them among all rows"
    if made is None or not wanted:
        return None
    return first_difference(made, take_rows(whole, wanted))
