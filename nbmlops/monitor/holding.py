"""Holding back: rows of new data that no model has seen, drawn before anything is trained on the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nbmlops.core.digest import digest_file, digest_text
from nbmlops.errors import MonitorError
from nbmlops.monitor.splitting import split_table
from nbmlops.values.profile import digest_rows, read_table

__all__ = ["LEAST_HELD", "HeldBack", "hold_back"]

LEAST_HELD = 50
"""Fewer rows bound a difference so loosely that no candidate could prove better."""

_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class HeldBack:
    """New data in two files.

    `rows` is what the new file had; `known` of them were in the champion's data and could not be
    held back; `held` were drawn with `seed`; `repeated` are rows like them that were taken out of
    training as well; `train` were left.
    """

    rows: int
    known: int
    held: int
    repeated: int
    train: int
    seed: int
    train_file: Path
    held_file: Path


def hold_back(before: Path, new: Path, folder: Path) -> HeldBack:
    """Draw a fifth of the rows of a new table that the earlier one does not hold, and split the file.

    The draw depends on nothing but the two files: its seed is made of their digests.

    Raises
    ------
    MonitorError
        If the columns are others, or too few rows are new.
    """
    earlier, later = _read_alike(before, new)
    seen = set(digest_rows(earlier))
    digests = np.array(digest_rows(later))
    known = np.array([digest in seen for digest in digests], dtype=bool)
    fresh = np.flatnonzero(~known)
    size = round(_SHARE * len(fresh))
    if size < LEAST_HELD:
        raise MonitorError(
            f"'{new}' has {len(fresh)} rows that the champion was not trained on, so that only {size} could "
            f"be held back; {LEAST_HELD} are needed to compare two models.",
            f"Retrain when there are {round(LEAST_HELD / _SHARE) - len(fresh)} more new rows.",
        )
    seed = int(digest_text(digest_file(before) + digest_file(new))[:8], 16)
    drawn = np.sort(np.random.default_rng(seed).choice(fresh, size, replace=False))
    alike = np.isin(digests, digests[drawn])
    train = np.flatnonzero(~alike)
    name = new.name
    files = folder / "train" / name, folder / "held" / name
    for file in files:
        file.parent.mkdir(parents=True)
    split_table(new, read_table(new), {files[0]: train.tolist(), files[1]: drawn.tolist()})
    repeated = int(alike.sum()) - size
    return HeldBack(len(later), int(known.sum()), size, repeated, len(train), seed, *files)


def _read_alike(before: Path, new: Path) -> tuple[Any, Any]:
    """Read two tables with the same columns in the same order, and of the same dtypes."""
    earlier, later = read_table(before), read_table(new)
    lacking = [str(name) for name in earlier.columns if name not in later.columns]
    added = [str(name) for name in later.columns if name not in earlier.columns]
    if lacking or added:
        told = [f"lacks {', '.join(map(repr, lacking))}"] if lacking else []
        told += [f"has {', '.join(map(repr, added))} in addition"] if added else []
        raise MonitorError(
            f"'{new}' is no newer version of what the champion was trained on: it {' and '.join(told)}.",
            "Give a file with the same columns.",
        )
    later = later[list(earlier.columns)]
    for name in earlier.columns:
        kinds = earlier[name].dtype, later[name].dtype
        if kinds[0] != kinds[1]:
            both: Any = "float64" if all(kind.kind in "iufb" for kind in kinds) else object
            earlier[name], later[name] = earlier[name].astype(both), later[name].astype(both)
    return earlier, later
