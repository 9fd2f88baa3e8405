"""A tree is told in the very words that any other value is told in."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from nbmlops.values import reducing, trees
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


@pytest.mark.parametrize("model", FITTED, ids=lambda model: type(model).__name__)
def test_a_remembered_tree_is_told_alike(model):
    trees._trees.clear()
    first = portray(model)
    assert len(trees._trees) > 0 or model is FITTED[0]
    assert portray(model) == first
    trees._trees.clear()
    assert portray(model) == first


def test_a_tree_is_remembered_only_while_its_fields_are_the_same():
    tree = DecisionTreeClassifier(random_state=0).fit(X, Y).tree_
    other = DecisionTreeClassifier(random_state=0, max_depth=1).fit(X, Y).tree_
    told = portray(tree).digest, portray(other).digest
    tree.__setstate__(other.__getstate__())
    assert portray(tree).digest == told[1] != told[0]


def test_rubbish_between_the_fields_of_remembered_nodes_says_nothing():
    model = DecisionTreeClassifier(random_state=0).fit(X, Y)
    told = portray(model).digest
    nodes = model.tree_.__getstate__()["nodes"]
    nodes.view("u1").reshape(-1, 64)[:, 60] = 7
    assert portray(model).digest == told
