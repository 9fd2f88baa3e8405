"""An estimator of the notebook's own may raise anything: the row is refused, and no other with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbmlops.package.build import build_package
from nbmlops.package.cut import cut_rows
from nbmlops.values.codec import save_value
from tests.package.conftest import make_pieces, run_pieces

LOOKING_UP = """
import numpy as np, pandas as pd
from sklearn.base import BaseEstimator
# --
class Table(BaseEstimator):
    def fit(self, X, y):
        self.means_ = y.groupby(X["shop"]).mean().to_dict()
        return self
    def predict(self, X):
        return np.array([self.means_[shop] for shop in X["shop"]])
# --
rows = pd.read_csv(parameters.rows)
# --
rows["more"] = rows["more"].fillna(rows["more"].mean())
# --
model = Table()
# --
model.fit(rows[["shop", "more"]], rows["y"])
"""

ASK = """
import json, sys
from looking_model.model import Model, RefusedError
model = Model()
rows = json.loads(sys.argv[1])
try:
    print(model.answer_rows(rows))
except RefusedError as refused:
    print([(problem.row, problem.problem) for problem in refused.problems])
answers, problems = model.answer_some(rows)
print(sorted(answers), sorted(problems))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that looks a number up in a dictionary."""
    home = tmp_path_factory.mktemp("looking")
    dice = np.random.default_rng(0)
    frame = pd.DataFrame({"shop": dice.integers(1, 4, 90), "y": dice.normal(size=90).round(3)})
    frame["more"] = np.where(frame.index % 9, frame["y"], np.nan)
    frame.to_csv(home / "rows.csv", index=False)
    pieces, parameters = make_pieces(LOOKING_UP), {"rows": str(home / "rows.csv")}
    estimator = save_value(run_pieces(pieces, parameters)["model"])
    cut = cut_rows(pieces, "model", parameters, home, estimator)
    return Path(build_package(cut, estimator, "looking", 1, home / "dist").path)


def test_a_row_that_the_estimator_fails_on_is_refused_alone(package):
    rows = json.dumps([{"shop": shop, "more": 0.5} for shop in (1, 9, 2)])
    done = subprocess.run(
        [sys.executable, "-c", ASK, rows], cwd=package, check=True, capture_output=True, text=True
    )
    told, kept = done.stdout.splitlines()
    assert told == "[(1, 'the model has no answer to this row (KeyError)')]"
    assert kept == "[0, 2] [1]"


def test_the_row_function_imports_numpy_once(package):
    source = (package / "looking_model" / "rows.py").read_text()
    assert "np.float64(" in source
    assert source.count("numpy as np") == 1
    assert "np.float64(" not in (package / "README.md").read_text()
