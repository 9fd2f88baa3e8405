"""The messy notebook on which autologging goes wrong: its runs are what a person would write."""

from __future__ import annotations

import pytest

from nbmlops.tracking.finding import find_runs
from tests.capture.recorded_shell import record_cells

CELLS = [
    # 1
    "import numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.ensemble import RandomForestClassifier\n"
    "from sklearn.metrics import accuracy_score, f1_score\n"
    "from sklearn.model_selection import cross_val_score, train_test_split\n"
    "from sklearn.datasets import load_iris",
    # 2
    "X, y = load_iris(return_X_y=True)\norder = np.random.permutation(len(X))\nX, y = X[order], y[order]",
    # 3
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)",
    # 4
    "C = 0.5\nmodel = LogisticRegression(C=C, max_iter=500)\nmodel.fit(X_train, y_train)",
    # 5
    "acc = accuracy_score(y_test, model.predict(X_test))",
    # 6: a parameter changed and run again
    "C = 2.0\nmodel = LogisticRegression(C=C, max_iter=500)\nmodel.fit(X_train, y_train)",
    # 7: the metric again
    "acc = accuracy_score(y_test, model.predict(X_test))",
    # 8: unchanged, again
    "C = 2.0\nmodel = LogisticRegression(C=C, max_iter=500)\nmodel.fit(X_train, y_train)",
    # 9
    "scores = cross_val_score(LogisticRegression(C=0.1, max_iter=500), X_train, y_train, cv=5)",
    # 10: a cell that raises
    "broken = RandomForestClassifier(n_estimators=5, random_state=1)\nbroken.fit(X_train, y_train[:-1])",
    # 11: an unrelated fit after it
    "forest = RandomForestClassifier(n_estimators=7, random_state=0)\nforest.fit(X_train, y_train)",
    # 12: metrics late, of both
    "print('F1:', f1_score(y_test, model.predict(X_test), average='macro'))\n"
    "print(f'forest accuracy {forest.score(X_test, y_test):.3f}')",
]


def runs_of(cells):
    history, _, space = record_cells(cells)
    return find_runs((history,)), space


def test_the_runs_are_what_a_person_would_write():
    runs, space = runs_of(CELLS)
    table = [
        (
            r.model_name,
            r.model_type,
            r.status,
            r.occurrences,
            dict(r.parameters),
            sorted(m.name for m in r.metrics),
        )
        for r in reversed(runs)
    ]
    split = {"test_size": 0.3, "random_state": 0}
    linear = {**split, "max_iter": 500}
    assert table == [
        ("model", "LogisticRegression", "finished", 1, {**linear, "C": 0.5}, ["acc"]),
        ("model", "LogisticRegression", "finished", 2, {**linear, "C": 2.0}, ["F1", "acc"]),
        ("", "LogisticRegression", "finished", 1, {**linear, "C": 0.1}, ["scores", "scores_std"]),
        (
            "broken",
            "RandomForestClassifier",
            "failed",
            1,
            {**split, "n_estimators": 5, "random_state": 1},
            [],
        ),
        (
            "forest",
            "RandomForestClassifier",
            "finished",
            1,
            {**split, "n_estimators": 7},
            ["forest accuracy"],
        ),
    ]
    metrics = {(r.model_name, m.name): m.value for r in runs for m in r.metrics}
    assert metrics["forest", "forest accuracy"] == space["forest"].score(space["X_test"], space["y_test"])
    assert metrics["", "scores"] == pytest.approx(space["scores"].mean(), rel=1e-14)
    assert metrics["", "scores_std"] == pytest.approx(space["scores"].std(ddof=1), rel=1e-14)


def test_an_unseeded_shuffle_run_again_is_another_run_on_other_data():
    runs, _ = runs_of([*CELLS[:5], CELLS[1], CELLS[2], *CELLS[3:5]])
    late, early = runs
    assert dict(late.parameters) == dict(early.parameters)
    assert {d.digest for d in late.data} != {d.digest for d in early.data}
    assert (late.occurrences, early.occurrences) == (1, 1)


def test_what_ran_afterwards_does_not_change_a_run():
    before, _ = runs_of(CELLS[:5])
    after, _ = runs_of([*CELLS[:5], "y_test = y_test[::-1]\nX_train = X_train * 2", CELLS[5]])
    assert [(r.parameters, r.metrics[0].name) for r in before] == [
        (r.parameters, r.metrics[0].name) for r in after[1:]
    ]
