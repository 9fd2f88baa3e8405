"""The notebook's own classes stand in a package as source, and its pickle names them."""

from __future__ import annotations

import json
import pickle
import pickletools

import pytest

from nbmlops.package.build import build_package
from nbmlops.package.cut import cut_rows
from nbmlops.package.cutting.importing import import_own
from nbmlops.package.forming import Source, form_model
from nbmlops.package.rowcut import Form
from nbmlops.values.codec import load_value, save_value
from tests.package.conftest import make_pieces, run_pieces

HEAD = """
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
# --
"""
CLASS = """
# a tenth, as agreed
SHARE = 0.1
# --
def clip(values, share):
    return np.clip(values, np.quantile(values, share, axis=0), np.quantile(values, 1 - share, axis=0))
# --
class Clipper(TransformerMixin, BaseEstimator):
    '''Clips what is far out.'''

    def fit(self, X, y=None):
        self.low_, self.high_ = np.quantile(X, SHARE, axis=0), np.quantile(X, 1 - SHARE, axis=0)
        return self

    def transform(self, X):
        return np.clip(clip(X, 0.0), self.low_, self.high_)
# --
"""
TAIL = """
rows = pd.read_csv(parameters.rows)
# --
model = make_pipeline({}, LinearRegression())
# --
model.fit(rows[["a", "b"]], rows["y"])
"""


@pytest.fixture
def fitted(tmp_path):
    """Return what fits a notebook: its pieces, its parameters and its saved model."""
    lines = [f"{n},{n * n % 7},{n * 3 + n * n % 7}" for n in range(60)]
    (tmp_path / "rows.csv").write_text("a,b,y\n" + "\n".join(lines) + "\n")

    def fit(before, step):
        pieces, parameters = (
            make_pieces(HEAD + before + TAIL.format(step)),
            {"rows": str(tmp_path / "rows.csv")},
        )
        return pieces, parameters, save_value(run_pieces(pieces, parameters)["model"])

    return fit


def test_package_holds_the_source_of_the_notebooks_own_class(fitted, tmp_path):
    pieces, parameters, estimator = fitted(CLASS, "Clipper()")
    assert estimator[0] == "cloudpickle"
    cut = cut_rows(pieces, "model", parameters, tmp_path, estimator)
    source = Source(tuple(pieces), parameters, tmp_path, "clipped_model")
    formed = form_model(cut, estimator, Form(), source)
    assert formed.format == "pickle"
    assert "Clipper" in formed.because
    names = {text for _, text, _ in pickletools.genops(formed.content) if isinstance(text, str)}
    assert {"clipped_model.classes", "Clipper"} <= names
    assert not any("cloudpickle" in name for name in names)
    record = build_package(cut, estimator, "clipped", 1, tmp_path / "dist", formed=formed)
    assert "clipped_model/classes.py" in record.files
    text = (tmp_path / "dist" / "clipped_model" / "classes.py").read_text()
    assert "# a tenth, as agreed\nSHARE = 0.1" in text
    assert "def clip(values, share):" in text
    assert "'''Clips what is far out.'''" in text
    assert "LinearRegression" not in text, "nothing looks it up"
    assert "classes.py" in (tmp_path / "dist" / "README.md").read_text()
    assert json.loads((tmp_path / "dist" / "manifest.json").read_text())["pickles"] == ["model.pkl"]


def test_function_of_the_notebook_is_importable_too(fitted):
    pieces, _, estimator = fitted("def twice(X):\n    return X * 2\n# --\n", "FunctionTransformer(twice)")
    found = import_own(load_value(*estimator), pieces, "some_model.classes")
    assert "def twice(X):\n    return X * 2" in found.source
    with pytest.raises(ModuleNotFoundError):
        pickle.loads(found.content)


@pytest.mark.parametrize(
    ("before", "step"),
    [
        ("", "FunctionTransformer(lambda X: X * 2)"),
        (
            "def make():\n    def inner(X):\n        return X\n    return inner\n# --\n",
            "FunctionTransformer(make())",
        ),
        ("most = len('abc')\n# --\ndef cut(X):\n    return X * most\n# --\n", "FunctionTransformer(cut)"),
        ("most = [3]\n# --\ndef cut(X):\n    return X * most[0]\n# --\n", "FunctionTransformer(cut)"),
        (
            "def cut(X):\n    return X\n# --\ndef cut(X):\n    return X * 2\n# --\n",
            "FunctionTransformer(cut)",
        ),
        (CLASS + "Clipper.transform = lambda self, X: X\n# --\n", "Clipper()"),
        (CLASS + "SHARE = 0.2\n# --\n", "Clipper()"),
        ("", "FunctionTransformer(np.log1p)"),
    ],
)
def test_what_is_not_made_by_its_text_alone_stays_as_it_was_saved(fitted, before, step):
    pieces, _, estimator = fitted(before, step)
    assert import_own(load_value(*estimator), pieces, "some_model.classes") is None
