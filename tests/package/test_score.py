"""Two models answer the same new rows, each by its own row function."""

from __future__ import annotations

import pandas as pd
import pytest

from nbmlops.errors import PackageError
from nbmlops.package.score import score_rows


@pytest.fixture(scope="module")
def new_rows(census, tmp_path_factory: pytest.TempPathFactory):
    """A file of raw rows in which nothing is missing, so that other dtypes suggest themselves."""
    raw = pd.read_csv(census.parameters["adult"]).iloc[400:700]
    path = tmp_path_factory.mktemp("score") / "new.csv"
    raw.to_csv(path, index=False)
    return path


def test_both_answer_as_their_notebooks(census, new_rows):
    pair = (census.cut, census.estimator)
    scored = score_rows([pair, pair], new_rows)
    features = census.namespace["X"]
    kept = [n for n in range(300) if n + 400 in features.index]
    chosen = features.loc[[n + 400 for n in kept]]
    assert list(scored.kept) == kept
    assert list(scored.labels) == census.namespace["y"].loc[chosen.index].tolist()
    assert list(scored.predictions[0]) == census.namespace["model"].predict(chosen).tolist()
    assert scored.predictions[0] == scored.predictions[1]
    assert [list(p) for p in scored.probabilities[0]] == census.namespace["model"].predict_proba(
        chosen
    ).tolist()
    assert scored.classes == ("<=50K", ">50K")


def test_file_without_a_column_is_refused(census, new_rows, tmp_path):
    path = tmp_path / "short.csv"
    pd.read_csv(new_rows).drop(columns="age").to_csv(path, index=False)
    with pytest.raises(PackageError, match="'age' is missing"):
        score_rows([(census.cut, census.estimator)], path)


def test_file_that_is_not_there_is_refused(census, tmp_path):
    with pytest.raises(PackageError, match=r"nothing\.csv"):
        score_rows([(census.cut, census.estimator)], tmp_path / "nothing.csv")
