"""Linear models on plain arrays: the very operations of scikit-learn, in its order, without its checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Linear", "Scaled"]

_PLAIN = ("sklearn.linear_model._base", "sklearn.linear_model._ridge")


class Linear:
    """A fitted linear model of scikit-learn: one product, one sum, and what follows of them."""

    def __init__(self, model: Any) -> None:
        self.coefficients = model.coef_.T if model.coef_.ndim == 2 else model.coef_
        self.intercept = model.intercept_
        self.classes = _find_classes(model)
        self._share = _find_shares(model)
        self.has_probabilities = self._share is not None

    def predict_array(self, rows: Any, probabilities: bool) -> tuple[Any, Any] | None:
        """Answer an array of finite numbers: the predictions, and the shares of the classes if asked for."""
        scores = rows @ self.coefficients + self.intercept
        if self.classes is None:
            return scores, None
        if scores.ndim > 1 and scores.shape[1] == 1:
            scores = np.reshape(scores, (-1,))
        places = (scores > 0).astype(np.intp) if scores.ndim == 1 else np.argmax(scores, axis=1)
        predicted = self.classes.take(places, axis=0)
        if not probabilities or self._share is None:
            return predicted, None
        return predicted, self._share(scores)


class Scaled:
    """A `StandardScaler` before another kernel."""

    def __init__(self, scaler: Any, kernel: Any) -> None:
        self.mean = scaler.mean_ if scaler.with_mean else None
        self.scale = scaler.scale_ if scaler.with_std else None
        self.kernel = kernel
        self.has_probabilities = kernel.has_probabilities

    def predict_array(self, rows: Any, probabilities: bool) -> tuple[Any, Any] | None:
        """Answer an array; None where a scaled value is too large, which the estimator refuses."""
        scaled = np.array(rows, dtype=np.float64, order="K")
        if self.mean is not None:
            scaled -= self.mean
        if self.scale is not None:
            scaled /= self.scale
        if not np.isfinite(scaled).all():
            return None
        found: tuple[Any, Any] | None = self.kernel.predict_array(scaled, probabilities)
        return found


def _find_classes(model: Any) -> Any | None:
    """Return the classes of a classifier, None of a regression; TypeError where it predicts otherwise."""
    from sklearn.base import is_regressor
    from sklearn.linear_model._base import LinearClassifierMixin, LinearModel

    kind = type(model)
    if getattr(kind, "predict", None) is LinearClassifierMixin.predict:
        if kind.decision_function is not LinearClassifierMixin.decision_function:
            raise TypeError(kind.__name__)
        return model.classes_
    # Poisson's and others have a link function behind the sum; a class of one's own may do anything.
    if not isinstance(model, LinearModel) or not is_regressor(model) or kind.predict.__module__ not in _PLAIN:
        raise TypeError(kind.__name__)
    return None


def _find_shares(model: Any) -> Callable[[Any], Any] | None:
    """Return what makes probabilities of scores; None for a model that has none, or others."""
    from sklearn.linear_model import LogisticRegression

    if getattr(type(model), "predict_proba", None) is not LogisticRegression.predict_proba:
        return None
    return _share_two if len(model.classes_) <= 2 else _share_many


def _share_two(scores: Any) -> Any:
    from scipy.special import expit

    share = expit(scores)
    return np.stack([1 - share, share], axis=1)


def _share_many(scores: Any) -> Any:
    shares = scores - np.reshape(np.max(scores, axis=1), (-1, 1))
    np.exp(shares, out=shares)
    shares /= np.reshape(np.sum(shares, axis=1), (-1, 1))
    return shares
