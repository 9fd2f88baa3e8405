"""Fitting: whether a value is a model that can predict, and whether it has been fitted."""

from __future__ import annotations

import sys
from typing import Any

from nbmlops.core.value import Fit

__all__ = ["describe_fit"]


def describe_fit(value: Any) -> Fit:
    """Say whether a value predicts, without importing a library that its maker has not.

    What has no ``predict`` (or ``forward``, for networks) is no model. scikit-learn's own estimators
    can be asked whether they are fitted; of others it is taken for granted.

    >>> describe_fit([1, 2]), describe_fit(type("Model", (), {"predict": len})())
    ('no model', 'fitted')
    """
    if isinstance(value, type) or not any(callable(_look_up(value, n)) for n in ("predict", "forward")):
        return "no model"
    base = sys.modules.get("sklearn.base")
    if base is None or not isinstance(value, base.BaseEstimator):
        return "fitted"
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(value)
    except NotFittedError:
        return "not fitted"
    except Exception:  # noqa: BLE001 - somebody's estimator, perhaps without a `fit`: nothing says no
        return "fitted"
    return "fitted"


def _look_up(value: Any, name: str) -> Any:
    # The type first, because a proxy would answer anything; the instance, because a search has `predict`
    # only where its estimator does.
    if not hasattr(type(value), name):
        return None
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - somebody's property
        return None
