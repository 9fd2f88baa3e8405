"""Messy cells: a notebook as people work, with nothing in it but its cells."""

from __future__ import annotations

__all__ = ["CELLS", "PLAYED", "SHUFFLE"]

CELLS = (
    "import numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.ensemble import RandomForestClassifier\n"
    "from sklearn.metrics import accuracy_score, f1_score\n"
    "from sklearn.model_selection import cross_val_score, train_test_split\n"
    "from sklearn.datasets import load_iris",
    "X, y = load_iris(return_X_y=True)\norder = np.random.permutation(len(X))\nX, y = X[order], y[order]",
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)",
    "C = 0.5\nmodel = LogisticRegression(C=C, max_iter=500)\nmodel.fit(X_train, y_train)",
    "acc = accuracy_score(y_test, model.predict(X_test))",
    # a parameter changed, and its metric
    "C = 2.0\nmodel = LogisticRegression(C=C, max_iter=500)\nmodel.fit(X_train, y_train)",
    "acc = accuracy_score(y_test, model.predict(X_test))",
    # unchanged, again
    "C = 2.0\nmodel = LogisticRegression(C=C, max_iter=500)\nmodel.fit(X_train, y_train)",
    "scores = cross_val_score(LogisticRegression(C=0.1, max_iter=500), X_train, y_train, cv=5)",
    # a cell that raises, and an unrelated fit after it
    "broken = RandomForestClassifier(n_estimators=5, random_state=1)\nbroken.fit(X_train, y_train[:-1])",
    "forest = RandomForestClassifier(n_estimators=7, random_state=0)\nforest.fit(X_train, y_train)",
    # metrics of both, late
    "print('F1:', f1_score(y_test, model.predict(X_test), average='macro'))\n"
    "print(f'forest accuracy {forest.score(X_test, y_test):.3f}')",
)
SHUFFLE = slice(1, 5)
"""The cells from the unseeded shuffle to the first metric, which people run again."""
PLAYED = (*CELLS[:5], *CELLS[SHUFFLE], *CELLS[5:])
"""The cells in the order in which they are run."""
