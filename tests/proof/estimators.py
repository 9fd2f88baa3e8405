"""Estimators: small fitted models of scikit-learn, one of each family, made alike each time."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import DBSCAN, KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import ElasticNetCV, LogisticRegression, Ridge, SGDClassifier
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

__all__ = ["ESTIMATORS", "fit_estimator"]

_WORDS = ["red green", "green blue blue", "red", "blue sky"] * 10

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "linear": Ridge,
    "logistic": LogisticRegression,
    "stochastic": lambda: SGDClassifier(random_state=0),
    "elastic": lambda: ElasticNetCV(cv=3, alphas=5),
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "forest": lambda: RandomForestClassifier(3, random_state=0),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=3, random_state=0),
    "histogram": lambda: HistGradientBoostingClassifier(max_iter=2, random_state=0),
    "ada": lambda: AdaBoostClassifier(n_estimators=2, random_state=0),
    "isolation": lambda: IsolationForest(n_estimators=3, random_state=0),
    "vectors": lambda: SVC(probability=False),
    "linear vectors": lambda: LinearSVC(random_state=0),
    "neighbours": lambda: KNeighborsClassifier(algorithm="kd_tree"),
    "ball": lambda: NearestNeighbors(algorithm="ball_tree"),
    "bayes": GaussianNB,
    "network": lambda: MLPClassifier((4,), max_iter=5, random_state=0),
    "process": lambda: GaussianProcessRegressor(random_state=0),
    "mixture": lambda: GaussianMixture(2, random_state=0),
    "means": lambda: KMeans(3, n_init=1, random_state=0),
    "density": DBSCAN,
    "components": lambda: PCA(2),
    "svd": lambda: TruncatedSVD(2, random_state=0),
    "scaler": StandardScaler,
    "bins": lambda: KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"),
    "polynomials": lambda: PolynomialFeatures(2),
    "one-hot": OneHotEncoder,
    "imputer": SimpleImputer,
    "near imputer": KNNImputer,
    "best": lambda: SelectKBest(k=2),
    "columns": lambda: ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", "passthrough", [2])]),
    "pipeline": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "search": lambda: GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2),
    "calibrated": lambda: CalibratedClassifierCV(LogisticRegression(), cv=2),
    "voting": lambda: VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())]),
    "stacking": lambda: StackingClassifier([("a", GaussianNB())], LogisticRegression(), cv=2),
    "isotonic": IsotonicRegression,
    "counts": CountVectorizer,
    "words": TfidfVectorizer,
}


def fit_estimator(name: str) -> Any:
    """Fit the estimator of this name on forty rows."""
    draw = np.random.RandomState(0)
    rows = np.round(draw.rand(40, 3), 1)
    labels = (rows[:, 0] > 0.5).astype(int)
    model = ESTIMATORS[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name in {"counts", "words"}:
            return model.fit(_WORDS)
        return model.fit(rows[:, 0] if name == "isotonic" else rows, labels)
