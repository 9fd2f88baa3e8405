from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from nbmlops.faces.choices import is_fitted, list_fitted

X, Y = np.arange(24.0).reshape(12, 2), np.arange(12) % 2


@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeClassifier(),
        LinearRegression(),
        KMeans(2, n_init=1),
        make_pipeline(StandardScaler(), LinearRegression()),
        GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2),
    ],
    ids=lambda e: type(e).__name__,
)
def test_estimators_count_once_they_are_fitted(estimator):
    assert not is_fitted(estimator)
    assert is_fitted(estimator.fit(X, Y))


@pytest.mark.parametrize("value", [3, "text", None, np.eye(2), DecisionTreeClassifier, PCA(1).fit(X), print])
def test_other_values_do_not(value):
    assert not is_fitted(value)


def test_the_newest_name_comes_first():
    model = LinearRegression().fit(X, Y)
    assert list_fitted({"a": model, "_": model, "x": 1, "b": model}) == ("b", "a")
