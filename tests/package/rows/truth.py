"""Truth: what a notebook itself makes of each row, beside what its row function makes of it."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.core.pipeline import Piece
from nbmlops.package.cutting.bits import first_difference
from nbmlops.package.cutting.cutter import Cutter
from nbmlops.package.cutting.inputs import make_schema
from nbmlops.package.cutting.loaded import Loaded
from nbmlops.package.rowcut import RowCut
from nbmlops.package.runtime.cleaning import DroppedError
from nbmlops.package.runtime.schema import Schema

__all__ = ["Answering", "NotebookError", "cut_statements", "find_differences", "make_table"]

_HEAD = """import numpy as np
import pandas as pd
from sklearn.preprocessing import *
from sklearn.tree import DecisionTreeClassifier
# --
df = pd.read_csv(parameters.data)
# --
"""
_TAIL = """
# --
X = df[["age", "n"]]
# --
model = DecisionTreeClassifier(max_depth=4, random_state=0)
# --
model.fit(X, df["churn"])
"""


class NotebookError(Exception):
    """The notebook itself failed, before anything was cut."""


@dataclass(frozen=True)
class Answering:
    """A row function, and the features that the notebook made, by the number of the raw row."""

    cut: RowCut
    loaded: Loaded
    schema: Schema
    wanted: pd.DataFrame
    model: Any


def make_table(path: Path, rows: int = 260, seed: int = 1) -> pd.DataFrame:
    """Write a table with numbers, gaps, categories, lists in texts, dates and truth values."""
    dice = np.random.default_rng(seed)
    start = pd.Timestamp("2024-01-01")
    frame = pd.DataFrame(
        {
            "age": dice.integers(18, 80, rows),
            "income": dice.normal(50, 20, rows).round(2),
            "city": dice.choice(["Rome", "Oslo", "Bern", "Lima"], rows, p=[0.3, 0.3, 0.2, 0.2]),
            "plan": dice.choice(["basic", "plus"], rows),
            "tags": dice.choice(["a|b", "b", "a|c", "c"], rows),
            "when": start + pd.to_timedelta(dice.integers(0, 300, rows), "D"),
            "flag": dice.random(rows) < 0.3,
            "churn": dice.integers(0, 2, rows),
        }
    )
    frame.loc[::17, "income"] = np.nan
    frame.loc[::23, "city"] = None
    frame.to_csv(path, index=False)
    return frame


def cut_statements(code: str, data: Path, folder: Path, tail: str = _TAIL) -> Answering:
    """Cut the row function of a notebook that makes ``df["n"]`` like this; PackageError if refused."""
    parts = (_HEAD + code + tail).split("\n# --\n")
    pieces = [Piece((number, 0), part) for number, part in enumerate(parts, 1)]
    given = {"data": str(data)}
    namespace: dict[str, Any] = {"parameters": types.SimpleNamespace(**given), "__name__": "__main__"}
    for piece in pieces:
        try:
            exec(piece.code, namespace)
        except Exception as error:
            raise NotebookError(piece.code) from error
    main, paths = sys.modules["__main__"], list(sys.path)
    try:
        cutter = Cutter(pieces, "model", given, namespace["model"], folder, lambda line: None)
        cut = cutter.cut()
        loaded = cutter._load(cutter.plans)
    finally:
        sys.modules["__main__"], sys.path[:] = main, paths
    return Answering(
        cut, loaded, make_schema(cut.signature.inputs, cut.placeholders), namespace["X"], namespace["model"]
    )


def find_differences(answering: Answering, alone: int) -> Iterator[str]:
    """Yield where rows alone, by sevens or shuffled come out otherwise than in the notebook."""
    total = len(answering.loaded.raw)
    dice = np.random.default_rng(3)
    order = [int(at) for at in dice.permutation(total)]
    parts = [[at] for at in order[:alone]] + [order[at : at + 7] for at in range(0, total, 7)]
    for positions in [*parts, order]:
        problem = _differ(answering, positions)
        if problem is not None:
            yield f"{len(positions)} rows from {positions[0]}: {problem}"


def _differ(answering: Answering, positions: list[int]) -> str | None:
    wanted = answering.wanted
    here = [at for at in positions if at in wanted.index]
    rows = [answering.loaded.sent(at) for at in positions]
    try:
        made = answering.loaded.features(answering.schema.build_rows(rows))
    except DroppedError as dropped:
        # Rows that training only did without, as a sample does, may be answered or not.
        return str(dropped) if here else None
    # The service tells rows by their index, as this does.
    if answering.cut.by_index:
        made = made.loc[[number for number, at in enumerate(positions) if at in wanted.index]]
    elif len(made) == len(positions):
        made = made.iloc[[number for number, at in enumerate(positions) if at in wanted.index]]
    if len(made) != len(here):
        return f"{len(made)} rows and not {len(here)}"
    return first_difference(made, wanted.loc[here])
