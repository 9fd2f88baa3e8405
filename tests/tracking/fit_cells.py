"""Fit cells: what recording adds to a cell that fits, beside what MLflow's autologging adds to it."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CELLS", "Cost", "measure_fits", "write_costs"]

_PROGRAM = Path(__file__).with_name("fit_side.py")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_PREPARE = """
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
X, y = load_iris(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
C = 1.0
"""
CELLS = {
    "logistic regression on iris": (
        "C += 0.01\nmodel = LogisticRegression(C=C, max_iter=500)\nmodel.fit(X_train, y_train)"
    ),
    "forest of 100 trees": (
        "forest = RandomForestClassifier(100, random_state=0)\nforest.fit(X_train, y_train)\n"
        "acc = forest.score(X_test, y_test)"
    ),
    "pipeline of a scaler and an SVC": (
        "C += 0.01\npipe = make_pipeline(StandardScaler(), SVC(C=C))\npipe.fit(X_train, y_train)"
    ),
    "grid search of 4 candidates": (
        "grid = GridSearchCV(SVC(), {'C': [0.1, 1, 10, 100]}, cv=3)\ngrid.fit(X_train, y_train)"
    ),
    "`cross_val_score` in 5 folds": (
        "C += 0.01\nscores = cross_val_score(LogisticRegression(C=C, max_iter=500), X, y, cv=5)"
    ),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a cell, CPU and wall: the medians of it plain and of what is added, by pairs."""

    plain: tuple[float, float]
    added: tuple[float, float]

    @property
    def is_small(self) -> bool:
        """Whether it takes at most 1.05 times as long as plain, and 2 ms."""
        return self.added[0] <= 0.05 * self.plain[0] + 2e-3


class _Side:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, source: str) -> tuple[float, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(source), file=self._process.stdin, flush=True)
        cpu, wall = json.loads(self._process.stdout.readline())
        return float(cpu), float(wall)


def measure_fits(kinds: tuple[str, str], python: str, pairs: int) -> dict[str, Cost]:
    """Run each cell by turns on both sides, the second against the first, in one Python."""
    found: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory(prefix="nbmlops-fits-") as folder, contextlib.ExitStack() as opened:
        sides = [opened.enter_context(_open_side(kind, Path(folder), python)) for kind in kinds]
        for side in sides:
            side.ask(_PREPARE)
        for name, cell in CELLS.items():
            for side in sides:
                side.ask(cell)
            times = []
            for turn in range(pairs):
                order = sides if turn % 2 else sides[::-1]
                taken = {id(side): side.ask(cell) for side in order}
                times.append((taken[id(sides[0])], taken[id(sides[1])]))
            found[name] = _summarise(times)
    return found


def _summarise(times: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> Cost:
    plain = [statistics.median(p[k] for p, _ in times) for k in (0, 1)]
    added = [statistics.median(r[k] - p[k] for p, r in times) for k in (0, 1)]
    return Cost((plain[0], plain[1]), (added[0], added[1]))


@contextlib.contextmanager
def _open_side(kind: str, folder: Path, python: str) -> Iterator[_Side]:
    home = folder / kind
    home.mkdir()
    own = {"IPYTHONDIR": str(home / "ipython"), "NBMLOPS_STORE": str(home / "store.db")}
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [python, "-c", _PROGRAM.read_text("utf-8"), kind, str(home)],
        env={**kept, **_ONE_THREAD, **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield _Side(process)


def write_costs(ours: dict[str, Cost], theirs: dict[str, Cost]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield "| cell | plain | nbmlops adds: CPU | wall | at most 1.05x + 2 ms | MLflow adds: CPU | wall |"
    yield "|---|---:|---:|---:|---|---:|---:|"
    for name, own in ours.items():
        other = theirs[name]
        yield (
            f"| {name} | {own.plain[0] * 1e3:.1f} ms | {own.added[0] * 1e3:.2f} ms "
            f"| {own.added[1] * 1e3:.2f} ms | {'yes' if own.is_small else 'no'} "
            f"| {other.added[0] * 1e3:,.0f} ms | {other.added[1] * 1e3:,.0f} ms |"
        )
