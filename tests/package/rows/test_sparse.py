"""Models that are fitted on sparse matrices answer single rows as the notebook's model did."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from nbmlops.package.cutting.bits import first_difference, is_contained, take_rows
from nbmlops.package.runtime.cleaning import DroppedError, require_rows
from tests.package.rows.truth import cut_statements, make_table

HEAD = """from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
# --
vectorizer = TfidfVectorizer(token_pattern="[a-z]")
# --
M = vectorizer.fit_transform(df["tags"])"""

FITTED = {
    "split": "X, X_test, y, y_test = train_test_split(M, df['churn'], random_state=0)",
    "coordinates": "X, y = hstack([M, df[['age']].to_numpy()]).tocoo(), df['churn']",
    "whole": "X, y = M, df['churn']",
    "columns": "X, y = M[:, :2], df['churn']",
    "dense_slice": "X, y = M[:, 0].toarray(), df['churn']",
    "dense_split": "X, X_test, y, y_test = train_test_split(M[:, 0].toarray(), df['churn'], random_state=0)",
}
TAIL = """
# --
{fitted}
# --
model = DecisionTreeClassifier(max_depth=4, random_state=0)
# --
model.fit(X, y)
"""
QUICK = ("split", "coordinates")


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in FITTED]
)
def test_fitted_on_sparse(name: str, tmp_path: Path) -> None:
    frame = make_table(tmp_path / "data.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answering = cut_statements(HEAD, tmp_path / "data.csv", tmp_path, TAIL.format(fitted=FITTED[name]))
    verified = answering.cut.verified
    assert verified.fitted + verified.tested == len(frame)
    whole = answering.loaded.features(answering.loaded.raw.copy())
    wanted = answering.model.predict_proba(whole)[:, 1]
    assert len(set(wanted)) > 1
    for position in range(0, len(frame), 9):
        made = answering.loaded.features(answering.schema.build_rows([answering.loaded.sent(position)]))
        require_rows(made, "the cleaning")
        assert first_difference(made, take_rows(whole, [position])) is None
        assert answering.model.predict_proba(made)[0, 1] == wanted[position]


def test_bits_of_sparse_matrices() -> None:
    dense = np.array([[0.0, 1.5], [2.5, 0.0], [0.0, 1.5]])
    made = sparse.csr_matrix(dense)
    assert first_difference(made, sparse.coo_matrix(dense)) is None
    assert first_difference(made, sparse.csr_matrix(dense * [[1], [1], [1 + 1e-15]])) == "differs in 1 rows"
    assert first_difference(made, sparse.csr_matrix(dense.astype("float32"))) is not None
    assert first_difference(made, dense) == "is a csr_matrix and not a ndarray"
    assert is_contained(made[[2, 0]], sparse.coo_matrix(dense))
    assert not is_contained(sparse.csr_matrix(dense[[1, 1]]), made)


def test_no_row_of_a_sparse_matrix_is_left() -> None:
    with pytest.raises(DroppedError):
        require_rows(sparse.csr_matrix((0, 3)), "the cleaning")
