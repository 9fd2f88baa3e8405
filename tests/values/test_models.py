"""What is a model is told by its class, whatever that class says of itself."""

from __future__ import annotations

import pytest

from nbmlops.values.models import describe_model, is_model


class Unhashable(type):
    """A metaclass whose classes have no hash, as those that compare."""

    __hash__ = None


class Alike(type):
    """A metaclass whose classes pass for `int`."""

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(int)


@pytest.mark.parametrize("metaclass", [type, Unhashable, Alike])
def test_a_metaclass_hides_no_model(metaclass):
    kind = metaclass("Mean", (), {"fit": lambda self, rows: self, "predict": lambda self, rows: rows})
    model = kind()
    model.mean_ = 1.5
    found = describe_model(model)
    assert is_model(model)
    assert found is not None
    assert found.fitted


def test_plain_values_are_no_models():
    assert [describe_model(value) for value in ("text", 1, 0.5, True, None)] == [None] * 5
