"""Holding back: rows of new data that no model has seen, drawn before anything is trained on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nbmlops.core.digest import digest_file, digest_text
from nbmlops.core.pipeline import Reader
from nbmlops.errors import MonitorError
from nbmlops.monitor.splitting import split_table
from nbmlops.values.profile import digest_rows, lacks_header, read_frame

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


def hold_back(before: Sequence[Path], new: Path, reader: Reader, folder: Path) -> HeldBack:
    """Draw a fifth of the rows of a new table that no earlier one holds, and split the file.

    The draw depends on nothing but the files: its seed is made of their digests. `before` are the
    champion's own and those of the versions that it came from; `reader` reads them all.

    Raises
    ------
    MonitorError
        If the columns are others, or too few rows are new.
    """
    later = read_frame(new, reader)
    digests = np.array(digest_rows(later))
    known = np.zeros(len(later), dtype=bool)
    for path in before:
        known |= _find_known(read_frame(path, reader), later, new)
    fresh = np.flatnonzero(~known)
    size = round(_SHARE * len(fresh))
    if size < LEAST_HELD:
        raise MonitorError(
            f"'{new}' has {len(fresh)} rows that the champion was not trained on, so that only {size} could "
            f"be held back; {LEAST_HELD} are needed to compare two models.",
            f"Retrain when there are {round(LEAST_HELD / _SHARE) - len(fresh)} more new rows.",
        )
    seed = int(digest_text("".join(map(digest_file, [*before, new])))[:8], 16)
    drawn = np.sort(np.random.default_rng(seed).choice(fresh, size, replace=False))
    alike = np.isin(digests, digests[drawn])
    train = np.flatnonzero(~alike)
    files = folder / "train" / new.name, folder / "held" / new.name
    for file in files:
        file.parent.mkdir(parents=True)
    split_table(new, len(later), {files[0]: train.tolist(), files[1]: drawn.tolist()}, reader)
    repeated = int(alike.sum()) - size
    return HeldBack(len(later), int(known.sum()), size, repeated, len(train), seed, *files)


def _find_known(earlier: Any, later: Any, new: Path) -> Any:
    """Say of each later row whether the earlier table holds it, after both have the same dtypes."""
    _require_columns(earlier, later, new)
    _require_numbers(earlier, later, new)
    earlier, later = earlier.copy(), later[list(earlier.columns)].copy()
    for name in earlier.columns:
        kinds = earlier[name].dtype, later[name].dtype
        if kinds[0] != kinds[1]:
            both: Any = "float64" if all(kind.kind in "iufb" for kind in kinds) else object
            earlier[name], later[name] = earlier[name].astype(both), later[name].astype(both)
    seen = set(digest_rows(earlier))
    return np.array([digest in seen for digest in digest_rows(later)], dtype=bool)


def _require_columns(earlier: Any, later: Any, new: Path) -> None:
    """Raise MonitorError unless the columns are the same; a name that may be somebody's value is not told."""
    lacking = [str(name) for name in earlier.columns if name not in later.columns]
    added = [str(name) for name in later.columns if name not in earlier.columns]
    if not lacking and not added:
        return
    if 2 * len(lacking) > len(earlier.columns) or lacks_header(later):
        raise MonitorError(
            f"'{new}' is no newer version of what the champion was trained on: {len(lacking)} of the "
            f"{len(earlier.columns)} columns are not there. It may lack its header line, or have another "
            "separator.",
            "Give a file of the same form as the one that the notebook read.",
        )
    told = [f"lacks {', '.join(map(repr, lacking))}"] if lacking else []
    told += [f"has {', '.join(map(repr, added))} in addition"] if added else []
    raise MonitorError(
        f"'{new}' is no newer version of what the champion was trained on: it {' and '.join(told)}.",
        "Give a file with the same columns.",
    )


def _require_numbers(earlier: Any, later: Any, new: Path) -> None:
    for name in earlier.columns if len(later) else ():
        if earlier[name].dtype.kind in "iuf" and later[name].dtype.kind not in "iufb":
            raise MonitorError(
                f"'{new}' is no newer version of what the champion was trained on: the column '{name}' held "
                f"numbers ({earlier[name].dtype}), and now not all of its values are.",
                "Give a file with the same columns and types.",
            )
