"""A tree is told in the very words that any other value is told in."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from nbmlops.values import reducing
from nbmlops.values.fingerprint import portray
from nbmlops.values.structure import structural_digest

X, Y = make_classification(80, random_state=0)
FITTED = [
    DecisionTreeClassifier(random_state=0).fit(X, np.c_[Y, Y]),
    RandomForestClassifier(4, random_state=0).fit(X, Y),
    GradientBoostingClassifier(n_estimators=3, random_state=0).fit(X, Y),
    ExtraTreesRegressor(3, random_state=0).fit(X, Y),
    DecisionTreeClassifier(random_state=0).fit(X, Y).tree_,
]


@pytest.mark.parametrize("model", FITTED, ids=lambda model: type(model).__name__)
def test_the_fast_way_says_the_same(model, monkeypatch):
    fast = structural_digest(model), portray(model)
    monkeypatch.setattr(reducing, "TREE", "none")
    assert fast == (structural_digest(model), portray(model))


@pytest.mark.parametrize("field", ["threshold", "value", "impurity", "feature"])
def test_one_changed_node_is_seen(field):
    model = RandomForestClassifier(4, random_state=0).fit(X, Y)
    before = portray(model).digest
    getattr(model.estimators_[2].tree_, field)[0] += 1
    assert portray(model).digest != before
