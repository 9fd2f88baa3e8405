"""A census notebook as a recipe, its row function and its package, made once."""

from __future__ import annotations

import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nbmlops.core.pipeline import Piece
from nbmlops.monitor.reference import make_reference
from nbmlops.package.build import build_package
from nbmlops.package.cut import cut_rows
from nbmlops.package.rowcut import Origin, PackageRecord, RowCut
from nbmlops.values.codec import save_value

ADULT = Path(__file__).parents[2] / "notebooks" / "adult.csv.gz"

CENSUS = """
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
# --
np.random.seed(3)
# --
adult = pd.read_csv(parameters.adult)
# --
data = adult
# --
# 99 hours is a code and no number of hours
data["hours_per_week"] = data["hours_per_week"].replace(99, np.nan)
# --
median_hours = data["hours_per_week"].median()
# --
data["hours_per_week"] = data["hours_per_week"].fillna(median_hours)
# --
for column in ["workclass", "occupation"]:
    data[column] = data[column].fillna("Unknown")
# --
data = data.dropna(subset=["native_country"])
# --
def log_money(amount):
    return np.log1p(amount)


def is_married(status):
    return status.str.startswith("Married")
# --
data = data.copy()
# --
data["gain"] = log_money(data["capital_gain"])
# --
data["married"] = is_married(data["marital_status"])
data["from_us"] = data["native_country"] == "United-States"
# --
data["age"] = (data["age"] - data["age"].mean()) / data["age"].std()
# --
unused = ["income", "fnlwgt", "education", "capital_gain", "capital_loss", "native_country"]
# --
X = pd.get_dummies(data.drop(columns=unused))
# --
y = data["income"]
# --
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25)
# --
n_trees = 8
# --
model = RandomForestClassifier(n_estimators=n_trees, min_samples_leaf=3)
# --
model.fit(X_train, y_train)
"""


def make_pieces(code: str) -> list[Piece]:
    """Return the pieces of a recipe; they are divided by lines ``# --``."""
    parts = code.strip("\n").split("\n# --\n")
    return [Piece((number, 0), part) for number, part in enumerate(parts, 1)]


def run_pieces(pieces: list[Piece], parameters: dict[str, Any]) -> dict[str, Any]:
    """Run a recipe as the notebook did and return its namespace."""
    namespace: dict[str, Any] = {"parameters": types.SimpleNamespace(**parameters), "__name__": "__main__"}
    for piece in pieces:
        exec(piece.code, namespace)
    return namespace


@dataclass(frozen=True)
class Census:
    """The notebook's own values, the cut, and the package made of them."""

    namespace: dict[str, Any]
    pieces: list[Piece]
    parameters: dict[str, Any]
    estimator: tuple[str, bytes]
    cut: RowCut
    record: PackageRecord

    @property
    def path(self) -> Path:
        return Path(self.record.path)


@pytest.fixture(scope="session")
def census(tmp_path_factory: pytest.TempPathFactory) -> Census:
    """The census model, cut and packaged as ``income`` version 3."""
    home = tmp_path_factory.mktemp("census")
    pieces, parameters = make_pieces(CENSUS), {"adult": str(ADULT)}
    namespace = run_pieces(pieces, parameters)
    estimator = save_value(namespace["model"])
    cut = cut_rows(pieces, "model", parameters, home, estimator)
    origin = Origin(metrics=(("accuracy_score", 0.84),), reference=make_reference(cut.reference))
    record = build_package(cut, estimator, "income", 3, home / "dist", ["docker", "github"], origin=origin)
    return Census(namespace, pieces, parameters, estimator, cut, record)
