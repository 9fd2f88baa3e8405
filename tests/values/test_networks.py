"""Keras: one bit of a weight is seen, and two models that are made alike are the same."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
tensorflow = pytest.importorskip("tensorflow")

from nbmlops.values.structure import structural_digest  # noqa: E402


def make_model():
    tensorflow.keras.backend.clear_session()
    tensorflow.keras.utils.set_random_seed(1)
    layers = tensorflow.keras.layers
    model = tensorflow.keras.Sequential(
        [tensorflow.keras.Input((5,)), layers.Dense(8), layers.Dropout(0.5), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    rows = np.random.default_rng(0).normal(size=(40, 5)).astype("float32")
    model.fit(rows, rows[:, 0], epochs=2, verbose=0)
    return model


def test_models_that_are_made_alike_are_the_same_and_one_bit_is_seen():
    model, other = make_model(), make_model()
    digest = structural_digest(model)
    assert digest == structural_digest(other)
    kernel = other.layers[0].kernel
    cells = kernel.numpy()
    cells[0, 0] = np.nextafter(cells[0, 0], np.float32(9))
    kernel.assign(cells)
    assert structural_digest(other) != digest


def test_the_state_of_an_optimizer_is_seen():
    model, other = make_model(), make_model()
    other.optimizer.learning_rate.assign(0.5)
    assert structural_digest(model) != structural_digest(other)


def test_tensors_and_variables_are_told_by_content_and_type():
    made = [
        tensorflow.constant([1.0, 2.0]),
        tensorflow.constant([1.0, 3.0]),
        tensorflow.constant([1, 2]),
        tensorflow.Variable([1.0, 2.0]),
    ]
    assert len({structural_digest(value) for value in made}) == 4
