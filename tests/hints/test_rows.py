"""Hints about rows are counted on what fits and metrics really got, and not raised where nothing is wrong."""

from __future__ import annotations

import pytest

from nbmlops.hints.finding import list_hints
from tests.capture.recorded_shell import record_cells

IMPORTS = """
import numpy as np, pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from sklearn.preprocessing import StandardScaler, MinMaxScaler, Normalizer, LabelEncoder
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
X = np.random.RandomState(0).normal(size=(200, 4))
y = (X[:, 0] > 0).astype(int)
A, B, a, b = train_test_split(X, y, random_state=0)
model = LogisticRegression()
"""
WRONG = {
    "half of the test rows were fitted on": (
        ["model.fit(np.vstack([A, B[:20]]), np.append(a, b[:20]))", "model.score(B, b)"],
        [("shared rows", 20, 50)],
    ),
    "the rows are shuffled and in a frame": (
        [
            "both = pd.DataFrame(X, columns=list('pqrs'))",
            "model.fit(both.sample(150, random_state=1).to_numpy(), y[:150])",
            "test = both.iloc[:50].reset_index(drop=True).to_numpy()\nmodel.score(test, y[:50])",
        ],
        [("shared rows", 37, 50)],
    ),
    "a prediction that is measured three cells later": (
        [
            "model.fit(X, y)",
            "guess = model.predict(B)",
            "1",
            "LinearRegression().fit(A, a)",
            "accuracy_score(b, guess)",
        ],
        [("shared rows", 50, 50)],
    ),
    "one column of the probabilities": (
        [
            "from sklearn.metrics import roc_auc_score",
            "model.fit(X, y)\nroc_auc_score(b, model.predict_proba(B)[:, 1])",
        ],
        [("shared rows", 50, 50)],
    ),
    "an answer that comes with its deviation": (
        [
            "from sklearn.linear_model import BayesianRidge",
            "ridge = BayesianRidge().fit(X, y)",
            "mean, std = ridge.predict(B, return_std=True)\nr2_score(b, mean)",
        ],
        [("shared rows", 50, 50)],
    ),
    "a column of probabilities that are a part of something": (
        [
            "from sklearn.metrics import log_loss",
            "class Own:\n    def fit(self, X, y):\n        self.mean_ = y.mean()\n        return self\n"
            "    def predict_proba(self, X):\n        p = np.full(len(X), self.mean_)\n"
            "        return np.vstack((1 - p, p)).T",
            "own = Own().fit(X, y)\nlog_loss(b, own.predict_proba(B)[:, 1])",
        ],
        [("shared rows", 50, 50)],
    ),
    "a search and its best model": (
        ["search = GridSearchCV(model, {'C': [1, 2]}).fit(X, y)", "search.best_estimator_.score(B, b)"],
        [("shared rows", 50, 50)],
    ),
    "a scaler before the split": (
        [
            "S = StandardScaler().fit_transform(X)",
            "C, D, c, d = train_test_split(S, y, random_state=0)",
            "model.fit(C, c)\nmodel.score(D, d)",
        ],
        [("early fit", 50, 50)],
    ),
    "a scaler that is fitted on all and applied to the parts": (
        [
            "s = MinMaxScaler().fit(X)",
            "model.fit(s.transform(A), a)\nr = accuracy_score(b, model.predict(s.transform(B)))",
        ],
        [("early fit", 50, 50)],
    ),
    "some columns of a frame that are scaled before the split": (
        [
            "f = pd.DataFrame(X, columns=list('pqrs')).assign(kind=1.0)",
            "f[['p', 'q']] = StandardScaler().fit_transform(f[['p', 'q']])",
            "C, D, c, d = train_test_split(f, y, random_state=0)",
            "model.fit(C, c)\nmodel.score(D, d)",
        ],
        [("early fit", 50, 50)],
    ),
    "what is predicted, encoded by hand before the split": (
        [
            "f = pd.DataFrame(X, columns=list('pqrs')).assign(k=np.arange(200) % 9, y=y)",
            "f['mean'] = f.groupby('k')['y'].transform('mean')",
            "C, D, c, d = train_test_split(f.drop(columns='y'), f['y'], random_state=0)",
            "model.fit(C, c)\nmodel.score(D, d)",
        ],
        [("early fit", None, None)],
    ),
    "the same by a map, and with names between": (
        [
            "f = pd.DataFrame(X, columns=list('pqrs')).assign(k=np.arange(200) % 9, y=y)",
            "f['mean'] = f['k'].map(f.groupby('k')['y'].mean())",
            "t = f['y']\nF = f.drop('y', axis=1)",
            "C, D, c, d = train_test_split(F, t, random_state=0)",
            "model.fit(C, c)\nguess = model.predict(D)\naccuracy_score(d, guess)",
        ],
        [("early fit", None, None)],
    ),
    "a scaler before cross validation": (
        ["S = StandardScaler().fit_transform(X)", "cross_val_score(model, S, y)"],
        [("early fit", 200, 200)],
    ),
    "a score on the training rows though some are held out": (
        ["model.fit(A, a)", "accuracy_score(a, model.predict(A))"],
        [("training score", 150, 150)],
    ),
    "a score on the training rows and nothing else": (
        ["model.fit(X, y)", "model.score(X, y)"],
        [("training score", 200, 200)],
    ),
}
RIGHT = {
    "an ordinary split": ["model.fit(A, a)", "model.score(B, b)"],
    "folds by hand": [
        "for i, j in KFold(4).split(X):\n    model.fit(X[i], y[i])\n    print(model.score(X[j], y[j]))"
    ],
    "training and test side by side": ["model.fit(A, a)", "p = model.score(A, a)\nq = model.score(B, b)"],
    "a score that is called one of training": ["model.fit(A, a)", "print('train:', model.score(A, a))"],
    "training scores in a list": [
        "model.fit(A, a)",
        "train_scores = []\ntrain_scores.append(model.score(A, a))",
    ],
    "cross validation": ["model.fit(X, y)", "cross_val_score(model, X, y)"],
    "a pipeline": [
        "p = make_pipeline(StandardScaler(), model).fit(A, a)",
        "p.score(B, b)",
        "cross_val_score(p, X, y)",
    ],
    "a scaler of the training rows": [
        "s = StandardScaler().fit(A)",
        "model.fit(s.transform(A), a)\nmodel.score(s.transform(B), b)",
    ],
    "a transformer that learns nothing": [
        "S = Normalizer().fit_transform(X)",
        "C, D, c, d = train_test_split(S, y, random_state=0)",
        "model.fit(C, c)\nmodel.score(D, d)",
    ],
    "an imputer that had nothing to fill in": [
        "S = SimpleImputer().fit_transform(X)",
        "C, D, c, d = train_test_split(S, y, random_state=0)",
        "model.fit(C, c)\nmodel.score(D, d)",
    ],
    "a scaled copy for a picture": [
        "S = StandardScaler().fit_transform(X)",
        "model.fit(A, a)",
        "model.score(B, b)",
    ],
    "scaled columns that the model is not given": [
        "f = pd.DataFrame(X, columns=list('pqrs'))",
        "f['u'] = StandardScaler().fit_transform(f[['p']])[:, 0]",
        "C, D, c, d = train_test_split(f[['p', 'q', 'r']], y, random_state=0)",
        "model.fit(C, c)\nmodel.score(D, d)",
    ],
    "an encoding by hand of something else than what is predicted": [
        "f = pd.DataFrame(X, columns=list('pqrs')).assign(k=np.arange(200) % 9, y=y)",
        "f['mean'] = f.groupby('k')['p'].transform('mean')",
        "C, D, c, d = train_test_split(f.drop(columns='y'), f['y'], random_state=0)",
        "model.fit(C, c)\nmodel.score(D, d)",
    ],
    "an encoding by hand that the model is not given": [
        "f = pd.DataFrame(X, columns=list('pqrs')).assign(k=np.arange(200) % 9, y=y)",
        "f['mean'] = f.groupby('k')['y'].transform('mean')",
        "C, D, c, d = train_test_split(f[['p', 'q']], f['y'], random_state=0)",
        "model.fit(C, c)\nmodel.score(D, d)",
    ],
    "an encoding by hand of the training rows": [
        "f = pd.DataFrame(X, columns=list('pqrs')).assign(k=np.arange(200) % 9, y=y)",
        "C, D = train_test_split(f, random_state=0)\nC, D = C.copy(), D.copy()",
        "C['mean'] = C.groupby('k')['y'].transform('mean')",
        "D['mean'] = D['k'].map(C.groupby('k')['y'].mean())",
        "model.fit(C.drop(columns='y'), C['y'])\nmodel.score(D.drop(columns='y'), D['y'])",
    ],
    "labels by numbers": [
        "z = LabelEncoder().fit_transform(np.where(y, 'yes', 'no'))",
        "C, D, c, d = train_test_split(X, z, random_state=0)\nmodel.fit(C, c)\nmodel.score(D, d)",
    ],
    "a small table of dice": [
        "N = np.random.RandomState(1).randint(1, 4, size=(300, 2))\nt = N.sum(1) > 3",
        "C, D, c, d = train_test_split(N, t, random_state=0)",
        "tree = DecisionTreeClassifier().fit(C, c)\ntree.score(D, d)",
    ],
    "data with a few rows twice": [
        "T = np.round(np.vstack([X, X[:6]]), 1)\nt = np.append(y, y[:6])",
        "C, D, c, d = train_test_split(T, t, random_state=0)\nmodel.fit(C, c)\nmodel.score(D, d)",
    ],
    "fitted again by a function": [
        "def train(m):\n    m.fit(A, a)",
        "model.fit(X, y)",
        "train(model)",
        "model.score(B, b)",
    ],
    "fitted in vain": [
        "model.fit(X, y)",
        "try:\n    model.fit(A, 'no')\nexcept ValueError:\n    model.score(B[:4], b[:4])",
    ],
    "predictions that nobody measures": ["model.fit(X, y)", "line = model.predict(X)"],
    "a copy that was fitted elsewhere": [
        "from sklearn.base import clone",
        "model.fit(X, y)",
        "other = clone(model).fit(A, a)\nother.score(B, b)",
    ],
    "clusters": [
        "from sklearn.cluster import KMeans\nfrom sklearn.metrics import silhouette_score",
        "k = KMeans(2, random_state=0).fit(X)\nsilhouette_score(X, k.predict(X))\nk.score(X)",
    ],
    "some labels are missing on purpose": [
        "from sklearn.semi_supervised import LabelPropagation",
        "half = y.copy()\nhalf[::2] = -1\nl = LabelPropagation().fit(X, half)\nl.score(X[::2], y[::2])",
    ],
}


def hints_of(cells):
    history, _, _ = record_cells([IMPORTS, *cells], witness=True)
    return list_hints(history)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_numbers(name):
    cells, expected = WRONG[name]
    assert [(h.kind, h.equal, h.compared) for h in hints_of(cells)] == expected


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(name):
    assert [h.text for h in hints_of(RIGHT[name])] == []


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone_while_hints_are_off(name):
    history, _, _ = record_cells([IMPORTS, *RIGHT[name]])
    assert [h.text for h in list_hints(history)] == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["model.fit(X, y)", "r = model.score(X, y)"], [("training score", 200)]),
        (["model.fit(A, a)", "print(accuracy_score(a, model.predict(A)))"], [("training score", 150)]),
        (["model.fit(A, a)", "A = A + 1", "r = model.score(A, a)"], []),
        (["model.fit(A, a)", "model.fit(B, b)", "r = model.score(A, a)"], []),
        (["model.fit(A, a)", "r = model.score(A, a)", "guess = model.predict(B)"], []),
    ],
)
def test_a_training_score_is_known_from_the_plain_record_too(cells, expected):
    history, _, _ = record_cells([IMPORTS, *cells])
    assert [(h.kind, h.equal) for h in list_hints(history)] == expected


def test_nothing_is_woven_while_hints_are_off():
    history, _, _ = record_cells([IMPORTS, "model.fit(X, y)\nmodel.score(B, b)"])
    assert [s.witnessed for s in history.statements() if s.witnessed] == []


def test_a_cell_means_the_same_while_hints_are_on():
    cells = [
        IMPORTS,
        "class Own:\n    def fit(self, X, y=None):\n        self.seen = X\n        return self\n"
        "    def score(self, *a):\n        return 0.5\n    def transform(self, X):\n        return X",
        "own = Own().fit(X)\nsame = own.transform(own.seen) is X\nnumber = own.score(*[X, y])",
        "many = [Own().fit(X=part).score(part) for part in (A, B, None)]",
        "try:\n    model.fit(object(), y)\nexcept Exception as e:\n    told = type(e).__name__",
    ]
    _, _, on = record_cells(cells, witness=True)
    _, _, off = record_cells(cells)
    for name in ("number", "many", "told", "same"):
        assert on[name] == off[name]
    assert on["same"] is True
