"""Choices: which of the kernel's names hold something that can be registered."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["is_fitted", "list_fitted"]


def is_fitted(value: object) -> bool:
    """Tell whether a value looks like a fitted estimator, without importing any library.

    By scikit-learn's convention: it has ``fit`` and ``predict``, and fitting left an attribute that
    ends with an underscore; a pipeline is fitted when its last step is.
    """
    kind = type(value)
    if isinstance(value, type) or not (hasattr(kind, "fit") and _can_predict(value)):
        return False
    steps = getattr(value, "steps", None)
    if isinstance(steps, list) and steps:
        return is_fitted(steps[-1][1])
    return any(name.endswith("_") and not name.startswith("_") for name in getattr(value, "__dict__", ()))


def list_fitted(namespace: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names that hold fitted estimators, the one bound last first."""
    names = [name for name, value in list(namespace.items()) if not name.startswith("_") and is_fitted(value)]
    return tuple(reversed(names))


def _can_predict(value: object) -> bool:
    # On the instance: a pipeline has `predict` only where its last step has it.
    return callable(getattr(value, "predict", None))
