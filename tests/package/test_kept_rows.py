"""An estimator that keeps the rows it was fitted on is known, at whatever depth it keeps them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from nbmlops.package.cutting.kept_rows import keeps_rows


class Memory:
    """A notebook's own model that keeps what it was given."""

    def fit(self, rows: Any, labels: Any) -> Memory:
        self.seen = [list(map(float, row)) for row in np.asarray(rows)]
        return self

    def predict(self, rows: Any) -> Any:
        return np.zeros(len(rows))


KEEPING = {
    "neighbours": KNeighborsClassifier(),
    "a ball tree": KNeighborsClassifier(algorithm="ball_tree"),
    "behind a scaler": make_pipeline(StandardScaler(), KNeighborsClassifier()),
    "support vectors": make_pipeline(StandardScaler(), SVC()),
    "a Gaussian process": GaussianProcessClassifier(),
    "a search": GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1.0, 2.0]}, cv=2),
    "an ensemble": BaggingClassifier(KNeighborsClassifier(), n_estimators=12),
    "a vote": VotingClassifier([("a", GaussianNB()), ("b", KNeighborsClassifier())]),
    "an imputer": make_pipeline(KNNImputer(), LogisticRegression()),
    "landmarks": make_pipeline(Nystroem(n_components=9), LogisticRegression()),
    "its own": Memory(),
}
FREE = {
    "linear": LogisticRegression(),
    "linear with folds": LogisticRegressionCV(
        Cs=2, cv=2, l1_ratios=(0,), use_legacy_attributes=False, scoring="accuracy"
    ),
    "scaled": make_pipeline(StandardScaler(), PCA(2), LogisticRegression()),
    "a tree": DecisionTreeClassifier(),
    "a forest": RandomForestClassifier(n_estimators=5),
    "boosting": GradientBoostingClassifier(n_estimators=5),
    "histograms": HistGradientBoostingClassifier(max_iter=5),
    "Bayes": GaussianNB(),
    "a network": MLPClassifier(hidden_layer_sizes=(8, 8), early_stopping=True, max_iter=300, tol=1.0),
    "encoded": make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()),
}


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, Any]:
    dice = np.random.default_rng(0)
    rows = pd.DataFrame(dice.random((80, 4)).round(2), columns=list("abcd"))
    return rows, (rows["a"] + rows["b"] > 1).astype(int) + (rows["c"] > 0.5)


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("name", KEEPING)
def test_rows_are_found(name: str, width: int, table: tuple[pd.DataFrame, Any]) -> None:
    rows, labels = table
    assert keeps_rows(KEEPING[name].fit(rows.iloc[:, :width], labels), width)


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("name", FREE)
def test_what_was_computed_is_no_row(name: str, width: int, table: tuple[pd.DataFrame, Any]) -> None:
    rows, labels = table
    if name == "scaled" and width == 1:
        pytest.skip("two components need two columns")
    assert not keeps_rows(FREE[name].fit(rows.iloc[:, :width], labels), width)


@pytest.mark.parametrize("model", [KNeighborsClassifier(), SVC()])
def test_sparse_rows_are_found(model: Any, table: tuple[pd.DataFrame, Any]) -> None:
    rows, labels = table
    assert keeps_rows(model.fit(sparse.csr_matrix(rows.to_numpy()), labels), 4)
