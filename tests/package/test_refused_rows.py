"""Rows that pass the schema, and that the estimator itself refuses, are 422, alone or among others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbmlops.lifecycle.demonstrating import ask_service
from nbmlops.package.build import build_package, serve_package
from nbmlops.package.cut import cut_rows
from nbmlops.values.codec import save_value

from .conftest import make_pieces, run_pieces

CODE = """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
# --
data = pd.read_csv(parameters.data)
# --
X = data[["a", "b"]].copy()
X["product"] = X["a"] * X["b"]
# --
model = RandomForestClassifier(5, random_state=0)
# --
model.fit(X, data["y"])
"""
GOOD, TOO_LARGE = {"a": 0.5, "b": 0.25}, {"a": 1e300, "b": 0.25}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A forest, which takes numbers of 32 bits only."""
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 2)), columns=["a", "b"])
    frame.assign(y=(frame["a"] > 0).astype(int)).to_csv(tmp_path / "data.csv", index=False)
    pieces, parameters = make_pieces(CODE), {"data": str(tmp_path / "data.csv")}
    estimator = save_value(run_pieces(pieces, parameters)["model"])
    cut = cut_rows(pieces, "model", parameters, tmp_path, estimator)
    return Path(build_package(cut, estimator, "forest", 1, tmp_path / "dist").path)


def test_row_that_the_estimator_refuses(package: Path) -> None:
    with serve_package(package) as server:
        replies = [
            ask_service(server.url, "predict", body) for body in (TOO_LARGE, {"rows": [GOOD, TOO_LARGE]})
        ]
        good = ask_service(server.url, "predict", GOOD)
    assert [reply.status for reply in replies] == [422, 422]
    assert [reply.content["detail"][0]["row"] for reply in replies] == [0, 1]
    assert "no answer to this row (ValueError)" in replies[0].content["detail"][0]["problem"]
    assert good.status == 200
