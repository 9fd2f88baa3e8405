"""Tensors of torch are what their elements, gradients and shared storage make them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402

from nbmlops.values.fingerprint import portray  # noqa: E402
from nbmlops.values.structure import structural_digest  # noqa: E402


def make_model():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
    optimizer = torch.optim.Adam(model.parameters())
    return model, optimizer, model(torch.ones(4, 2)).sum()


def share(first, second):
    return not portray(first, {}).objects.isdisjoint(portray(second, {}).objects)


def test_same_seed_makes_the_same_digests():
    for first, second in zip(make_model(), make_model(), strict=True):
        assert structural_digest(first) == structural_digest(second)


def test_gradients_and_steps_are_changes():
    model, optimizer, loss = make_model()
    digests = [structural_digest(model)]
    loss.backward()
    digests.append(structural_digest(model))
    optimizer.step()
    digests.append(structural_digest(model))
    assert len(set(digests)) == 3


def test_views_share_their_storage():
    whole = torch.arange(6.0)
    part = whole.view(2, 3)[1]
    assert share(whole, part)
    assert not share(whole, part.clone())
    assert structural_digest([whole, part]) != structural_digest([whole, part.clone()])


def test_arrays_and_tensors_share_memory():
    cells = np.arange(4.0)
    assert share(cells, torch.from_numpy(cells))
    tensor = torch.arange(4.0)
    assert share(tensor, tensor.numpy())


def test_what_can_run_backwards_reaches_its_leaves():
    model, _, loss = make_model()
    assert portray(loss, {}).digest is None
    assert share(loss, model)


@pytest.mark.parametrize(
    "value",
    [
        torch.zeros(2, dtype=torch.bfloat16),
        torch.tensor([True, False]),
        torch.tensor(1 + 2j).conj(),
        torch.empty(0, 3),
        torch.Generator(),
        torch.arange(6).reshape(2, 3).t(),
    ],
    ids=str,
)
def test_every_dtype_is_described(value):
    assert structural_digest(value) == structural_digest(value)
    assert structural_digest(torch.tensor(1 + 2j).conj()) == structural_digest(torch.tensor(1 - 2j))
