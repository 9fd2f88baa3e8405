"""Cells: what recording adds to a cell, beside the same cell in plain IPython."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbmlops.core.quickstart import locate_quickstart
from tests.benchmarks.figures import Figure
from tests.benchmarks.shells import Pair, Shells, open_shells

__all__ = ["FOREST", "LINEAR", "PANDAS", "PREPARE", "measure_cells"]

LOOP = "total = 0\nfor i in range(1_000_000):\n    total += i"
PREPARE = """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
adult = pd.read_csv({path!r})
X = adult.select_dtypes("number").fillna(0)
y = adult["income"]
"""
PANDAS = """
hours = adult["hours_per_week"].fillna(adult["hours_per_week"].median())
adult["hours_per_week"] = hours
share = adult.groupby("education")["age"].mean()
"""
LINEAR = "model = LogisticRegression(max_iter=30, tol=0.5)\nmodel.fit(X, y)\nscore = model.score(X, y)"
FOREST = """
forest = RandomForestClassifier(5, max_depth=8, random_state=0)
forest.fit(X, y)
first = forest.score(X, y)
"""


def measure_cells(folder: Path) -> Iterator[Figure]:
    """Yield a figure for each kind of cell."""
    with open_shells(folder) as shells:
        loop = shells.compare(LOOP, 21)
        yield Figure(
            "tight loop of 1,000,000 in a cell",
            f"{loop.ratio:.2f}x plain ({loop.plain * 1e3:.0f} ms)",
            "1.00x",
            round(loop.ratio, 2) <= 1.03,
        )
        trivial = shells.compare("a = 1", 201)
        yield Figure(
            "trivial cell",
            f"+{trivial.added * 1e3:.2f} ms (plain {trivial.plain * 1e3:.2f} ms)",
            "<= +1.5 ms",
            trivial.added <= 1.5e-3,
        )
        shells.prepare(PREPARE.format(path=str(locate_quickstart() / "adult.csv.gz")))
        yield _judge("trivial cell beside pandas and scikit-learn", shells.compare("a = 1", 101))
        yield from _measure_libraries(shells)


def _measure_libraries(shells: Shells) -> Iterator[Figure]:
    yield _judge("pandas cell: fillna, a column, groupby", shells.compare(PANDAS, 41))
    yield _judge("scikit-learn cell: linear fit and score", shells.compare(LINEAR, 15))
    yield _judge("scikit-learn cell: forest fit and score", shells.compare(FOREST, 15))


def _judge(what: str, pair: Pair) -> Figure:
    return Figure(
        what,
        f"{pair.ratio:.2f}x plain, +{pair.added * 1e3:.1f} ms ({pair.plain * 1e3:.1f} ms)",
        "<= 1.05x + 2 ms",
        pair.added <= 0.05 * pair.plain + 2e-3,
    )
