"""A forest that answers faster answers with the very same bits, or it is not used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)

from nbmlops.package.runtime.fast import Forest, speed_up

X, Y = make_classification(600, 8, n_informative=5, n_classes=3, random_state=0)
NAMED = pd.DataFrame(X, columns=list("abcdefgh"))


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("labels", [Y, np.array(["x", "y", "z"])[Y]])
@pytest.mark.parametrize("rows", [X, NAMED], ids=["array", "frame"])
def test_classes_and_shares_are_the_same_bits(kind, labels, rows):
    model = kind(60, min_samples_leaf=4, random_state=1).fit(rows, labels)
    fast = speed_up(model)
    assert isinstance(fast, Forest)
    for count in (1, 2, 600):
        part = rows[:count]
        assert np.array_equal(fast.predict_proba(part), model.predict_proba(part))
        assert fast.predict(part).tolist() == model.predict(part).tolist()


@pytest.mark.parametrize("kind", [RandomForestRegressor, ExtraTreesRegressor])
def test_means_are_the_same_bits(kind):
    target = X[:, 0] * 1e3 + X[:, 3] / 7
    model = kind(60, random_state=1).fit(NAMED, target)
    fast = speed_up(model)
    assert isinstance(fast, Forest)
    assert np.array_equal(fast.predict(NAMED), model.predict(NAMED))


def test_rows_with_gaps_are_left_to_the_forests_own_check():
    rows = NAMED.mask(np.random.default_rng(0).random(NAMED.shape) < 0.1)
    model = RandomForestClassifier(20, random_state=1).fit(rows, Y)
    assert np.array_equal(speed_up(model).predict_proba(rows), model.predict_proba(rows))
    strict = RandomForestClassifier(20, random_state=1).fit(NAMED, Y)
    with pytest.raises(ValueError, match="infinity"):
        speed_up(strict).predict(NAMED.mask(NAMED > 1, np.inf))
    with pytest.raises(ValueError, match="feature names"):
        speed_up(strict).predict(NAMED.rename(columns={"a": "z"}))


def test_other_models_answer_for_themselves():
    class Own(RandomForestClassifier):
        def predict_proba(self, X):  # noqa: N803
            return 1 - super().predict_proba(X)

    several = RandomForestRegressor(5, random_state=0).fit(X, X[:, :2])
    boosted = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, Y)
    for model in (Own(5, random_state=0).fit(X, Y), several, boosted):
        assert speed_up(model) is model


def test_forest_that_parts_from_itself_is_not_sped_up():
    model = RandomForestClassifier(20, random_state=1).fit(X, Y)
    model.estimators_[0].predict_proba = lambda rows, check_input=True: np.ones((len(rows), 3))
    assert speed_up(model) is model
