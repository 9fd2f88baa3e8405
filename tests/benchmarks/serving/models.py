"""Models: a logistic regression and a forest on ten numeric columns, packaged as nbmlops packages them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.monitor.reference import make_reference
from nbmlops.package.build import build_package
from nbmlops.package.cut import cut_rows
from nbmlops.package.forming import Source, form_model
from nbmlops.package.rowcut import Form, Origin
from nbmlops.values.codec import save_value
from tests.package.conftest import make_pieces, run_pieces

__all__ = ["MODELS", "make_package", "make_rows", "read_row"]

MODELS = {"linear": "LogisticRegression()", "forest": "RandomForestClassifier(100, random_state=0)"}

_RECIPE = """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
# --
rows = pd.read_csv(parameters.rows)
# --
X = rows.drop(columns="y")
y = rows["y"]
# --
model = {model}
# --
model.fit(X, y)
"""


def make_rows(folder: Path) -> Path:
    """Write 2,000 rows of ten numbers and a label."""
    dice = np.random.default_rng(0)
    frame = pd.DataFrame(dice.normal(size=(2000, 10)).round(6), columns=[f"x{at}" for at in range(10)])
    frame["y"] = ((frame["x0"] + 2 * frame["x1"] - frame["x2"] + dice.normal(size=2000)) > 0).astype(int)
    frame.to_csv(folder / "rows.csv", index=False)
    return folder / "rows.csv"


def read_row(rows: Path) -> dict[str, Any]:
    """Return the first row, as it is sent."""
    row: dict[str, Any] = json.loads(pd.read_csv(rows, nrows=1).drop(columns="y").iloc[0].to_json())
    return row


def make_package(folder: Path, rows: Path, name: str, form: Form | None = None) -> Path:
    """Package one of the models, in the usual format or another."""
    pieces, parameters = make_pieces(_RECIPE.format(model=MODELS[name])), {"rows": str(rows)}
    estimator = save_value(run_pieces(pieces, parameters)["model"])
    cut = cut_rows(pieces, "model", parameters, folder, estimator)
    formed = form_model(cut, estimator, form or Form(), Source(tuple(pieces), parameters, folder))
    origin = Origin(reference=make_reference(cut.reference))
    place = folder / f"{name}-{formed.format}" if form else folder / name
    return Path(build_package(cut, estimator, name, 1, place, origin=origin, formed=formed).path)
