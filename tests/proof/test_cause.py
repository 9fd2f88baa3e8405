"""Causes in words: what is most likely behind a difference, and what to do about it."""

from __future__ import annotations

import pytest

from nbmlops.capture.recalling import recall_cells
from nbmlops.core.proof import Divergence
from nbmlops.proof.cause import explain_difference, find_unwatched

FIT = Divergence(3, 0, "model.fit(X, y)", None, "`model` came out different")


def test_tensorflow_without_a_seed_is_named_with_what_to_call():
    codes = ["import tensorflow as tf", "model = tf.keras.Sequential([layer])", "model.fit(X, y)"]
    cause = explain_difference(FIT, (), (), codes, replayed=True)
    assert "TensorFlow draws unseeded numbers" in cause
    assert "call tf.random.set_seed" in cause


@pytest.mark.parametrize("seed", ["tf.random.set_seed(1)", "keras.utils.set_random_seed(1)"])
def test_tensorflow_with_a_seed_is_not_suspected(seed):
    codes = ["import tensorflow as tf", seed, "model.fit(X, y)"]
    assert "TensorFlow" not in explain_difference(FIT, (), (), codes, replayed=True)


def test_a_set_made_by_an_earlier_statement_is_suspected():
    listed = Divergence(2, 0, "order = list(seen)", None, "`order` came out different")
    cause = explain_difference(listed, (), (), ["seen = set(words)", "order = list(seen)"], replayed=True)
    assert "or it depends on the order of a set" in cause
    assert "order of a set" not in explain_difference(listed, (), (), ["order = list(seen)"], replayed=True)


def test_what_ran_before_recording_is_said_to_be_the_cause():
    early = recall_cells(["import numpy as np\nsize = 3", "x = np.random.rand(size)"], lambda text: text)
    unwatched = find_unwatched(s for execution in early for s in execution.statements)
    assert unwatched == [2]
    cause = explain_difference(None, (), (), ["x = np.random.rand(size)"], unwatched, replayed=True)
    assert "nobody watched when cell 2 ran" in cause
    assert "`%load_ext nbmlops`" in cause
