"""An error that says nothing of a notebook's rows is told as what it is, with the statement."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import pandas as pd
import pytest

from nbmlops.core.pipeline import Piece
from nbmlops.errors import PackageError
from nbmlops.package.cutting.composing import CHECK
from nbmlops.package.cutting.faults import name_crash
from nbmlops.package.cutting.loaded import load_rows
from nbmlops.package.cutting.planning import Item
from nbmlops.package.cutting.statements import read_recipe
from nbmlops.package.cutting.traces import Trace
from nbmlops.package.cutting.verifying import Judge
from tests.package.rows.truth import cut_statements, make_table

SOURCE = f"""import pandas
from .cleaning import require_rows

def features(rows: pandas.DataFrame):
    df = rows.copy()
    df["n"] = {{wrong}}
    {CHECK}(0, locals())
    return df
"""


def judge_written(wrong: str, folder: Path) -> PackageError:
    """Return what is said of a row function that fails on all rows."""
    recipe = read_recipe([Piece((1, 0), f'df["n"] = {wrong}')])
    loaded = load_rows(SOURCE.format(wrong=wrong), None, pd.DataFrame({"a": [1, 2, 3]}), folder)
    source = recipe.statements[0]
    items = [Item(source, "", frozenset(), frozenset({"df"}), frozenset(), True)]
    trace = Trace(recipe, [], {}, [], {}, {}, None, None, 0, "", loaded.raw, [], {}, None)  # type: ignore[arg-type]
    with pytest.raises(PackageError) as refused:
        Judge(trace, items, loaded).judge_batch(loaded, loaded.raw, 0)
    return refused.value


@pytest.mark.parametrize(
    ("wrong", "advice"), [("RUSH", "This is a fault of nbmlops"), ("int('x')", "clean all of them")]
)
def test_failure_on_the_rows_as_read_blames_no_single_row(wrong: str, advice: str, tmp_path: Path) -> None:
    error = judge_written(wrong, tmp_path)
    assert f"""'df["n"] = {wrong}'""" in error.what
    assert "cannot become part of a function of one row" not in error.what
    assert ("NameError" if wrong == "RUSH" else "ValueError") in error.what
    assert advice in error.then
    assert "Let each row depend on itself" not in error.then


def test_crash_names_the_line_that_was_written(tmp_path: Path) -> None:
    loaded = load_rows(SOURCE.format(wrong="len(3)"), None, pd.DataFrame({"a": [1]}), tmp_path)
    try:
        loaded.features(loaded.raw)
    except TypeError as error:
        told = name_crash("model", error, tmp_path)
    assert """'df["n"] = len(3)'""" in told.what
    assert "TypeError" in told.what
    assert "fault of nbmlops" in told.then


def test_crash_names_the_place_in_the_cutter(tmp_path: Path) -> None:
    try:
        read_recipe([Piece((1, 0), "df = (")])
    except SyntaxError as error:
        told = name_crash("model", error, tmp_path)
    assert "'statements.read_recipe'" in told.what


def test_made_up_row_without_an_answer_is_left_out(tmp_path: Path) -> None:
    frame = make_table(tmp_path / "data.csv")
    frame.assign(age=frame["age"] * 3).to_csv(tmp_path / "data.csv", index=False)
    code = 'df["n"] = df["age"].map(df.groupby("age")["churn"].mean())'
    tail = """
# --
from sklearn.linear_model import Ridge
# --
X = df[["age", "n"]]
# --
model = Ridge()
# --
model.fit(X, df["churn"])
"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cut = cut_statements(code, tmp_path / "data.csv", tmp_path, tail).cut
    assert 0 < len(cut.golden) < 20
    assert all(math.isclose(case.prediction, case.together) for case in cut.golden)


CENTRE = """from sklearn.base import BaseEstimator
# --
class Centre{base}:
    def fit(self, d):
        self.mean_ = d["age"].mean()
        return self

    def transform(self, d):
        return d["age"] - self.mean_
# --
centre = Centre()
# --
centre.fit(df)
# --
df["n"] = centre.transform(df)"""


@pytest.mark.slow
def test_class_that_learns_has_to_be_an_estimator(tmp_path: Path) -> None:
    frame = make_table(tmp_path / "data.csv")
    with pytest.raises(PackageError, match="on the rows that the notebook read") as refused:
        cut_statements(CENTRE.format(base=""), tmp_path / "data.csv", tmp_path)
    assert "BaseEstimator" in refused.value.then
    answering = cut_statements(CENTRE.format(base="(BaseEstimator)"), tmp_path / "data.csv", tmp_path)
    made = answering.loaded.features(answering.schema.build_rows([answering.loaded.sent(3)]))
    assert made["n"].tolist() == [frame["age"][3] - frame["age"].mean()]
