"""Unseeded calls of libraries: found in branches, told by what their names mean."""

from __future__ import annotations

import ast

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split

from nbmlops.capture.unseeded import find_unseeded, list_unseeded

SPACE = {
    "np": np,
    "sklearn": sklearn,
    "train_test_split": train_test_split,
    "RandomForestClassifier": RandomForestClassifier,
    "LinearRegression": LinearRegression,
    "forest": RandomForestClassifier(),
    "seeded": RandomForestClassifier(random_state=1),
}


def read_streams(code, local=None):
    nodes = list(ast.walk(ast.parse(code).body[0]))
    return list_unseeded(find_unseeded(nodes, local), SPACE)


@pytest.mark.parametrize(
    "code",
    [
        "if go: a, b = train_test_split(rows)",
        "for _ in turns: sklearn.model_selection.train_test_split(rows)",
        "rows = train_test_split(rows) if go else rows",
        "if go: RandomForestClassifier().fit(X, y)",
        "if go:\n    model = RandomForestClassifier()\n    model.fit(X, y)",
        "if go: forest.fit(X, y)",
    ],
)
def test_what_would_draw_is_found(code):
    assert read_streams(code) == {"numpy"}


@pytest.mark.parametrize(
    "code",
    [
        "a, b = train_test_split(rows)",  # it ran: that it drew is seen
        "if go: train_test_split(rows, random_state=1)",
        "if go: RandomForestClassifier(random_state=1).fit(X, y)",
        "if go: seeded.fit(X, y)",
        "if go: LinearRegression().fit(X, y)",
        "if go: np.sort(rows)",
        "if go: forest.predict(X)",
        "if go: unknown.fit(X, y)",
    ],
)
def test_what_would_not_draw_is_left_out(code):
    assert read_streams(code) == set()


def test_in_a_function_what_is_local_means_nothing_outside():
    assert read_streams("train_test_split(rows)", {"rows"}) == {"numpy"}
    assert read_streams("train_test_split(rows)", {"train_test_split"}) == set()
    assert read_streams("rows.sample(3)", {"rows"}) == {"numpy"}
