"""Kept rows: arrays inside of an estimator that may be rows it was fitted on, at whatever depth."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["keeps_rows"]

# What estimators compute; an array under any other name may be what they were given.
_LINEAR = {
    "coef_",
    "_coef_",
    "coefs_",
    "coef_path_",
    "coefs_paths_",
    "intercepts_",
    "dual_coef_",
    "_dual_coef_",
}
_FACTORS = {
    *("components_", "_components_numerator", "_components_denominator", "exp_dirichlet_component_"),
    *("mixing_", "whitening_", "_unmixing", "eigenvectors_", "scalings_", "rotations_", "_A", "_B"),
    *("x_weights_", "_x_weights", "x_loadings_", "x_rotations_", "y_weights_", "y_loadings_", "y_rotations_"),
}
_MOMENTS = {
    *("means_", "theta_", "var_", "covariance_", "covariances_", "deviations_", "lambda_", "sigma_", "L_"),
    *("precision_", "precisions_", "precisions_cholesky_", "cluster_centers_", "centroids_"),
    *("feature_log_prob_", "feature_count_", "category_log_prob_", "category_count_", "_idf_diag"),
}
_SCORES = {
    *("oob_decision_function_", "oob_prediction_", "cv_results_", "cv_values_", "mse_path_", "scores_"),
    *("cluster_hierarchy_", "h_samples_", "children_", "train_score_", "validation_score_"),
}
_INNARDS = {
    *("_optimizer", "_best_coefs", "bsplines_", "random_weights_", "indexHash_", "bitHash_"),
    *("raw_left_cat_bitsets", "binned_left_cat_bitsets", "estimators_samples_"),
}
_COMPUTED = _LINEAR | _FACTORS | _MOMENTS | _SCORES | _INNARDS
# These put rows of their own where others put what they computed.
_EXEMPLARS = {
    ("Nystroem", "components_"),
    ("DBSCAN", "components_"),
    ("AffinityPropagation", "cluster_centers_"),
}
_PASSIVE = (str, bytes, int, float, complex, type, types.ModuleType, types.FunctionType, types.MethodType)
_TREES = ("KDTree", "BallTree", "cKDTree")
_MANY = 100_000


def keeps_rows(estimator: Any, width: int) -> bool:
    """Say whether an estimator holds what may be rows that it, or a step of it, was fitted on.

    Rows are the arrays, sparse or not, with more than one row and no fewer columns than the step was
    fitted with (`width`, where it does not say), whose name is not known for something computed.
    """
    waiting: list[tuple[Any, int]] = [(estimator, width)]
    met: dict[int, Any] = {}
    while waiting and len(met) < _MANY:
        value, known = waiting.pop()
        if id(value) in met or value is None or isinstance(value, _PASSIVE):
            continue
        # Kept alive: the id of a freed view would be met again.
        met[id(value)] = value
        width_here = _read_width(value, known)
        for name, part in _list_parts(value):
            computed = name in _COMPUTED and (type(value).__name__, name) not in _EXEMPLARS
            if not computed and not _is_weight(part):
                if _is_rows(part, width_here):
                    return True
                waiting.append((part, width_here))
    return bool(waiting)


def _read_width(value: Any, known: int) -> int:
    found = vars(value).get("n_features_in_") if hasattr(value, "__dict__") else None
    return int(found) if isinstance(found, int | np.integer) else known


def _list_parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a value is made of, with the names of attributes."""
    if isinstance(value, dict):
        yield from (("", part) for part in value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (("", part) for part in value)
    elif isinstance(value, np.ndarray):
        if value.dtype == object:
            yield from (("", part) for part in value.ravel().tolist())
    elif not isinstance(value, pd.DataFrame | pd.Series | pd.Index) and hasattr(value, "__dict__"):
        yield from vars(value).items()


def _is_rows(value: Any, width: int) -> bool:
    if isinstance(value, list | tuple) and len(value) > 1 and isinstance(value[0], list | tuple):
        return len(value[0]) >= max(width, 1) and isinstance(value[0][0], int | float | np.number)
    if isinstance(value, np.ndarray) and value.dtype == object and value.size and _is_model(value.flat[0]):
        return False
    held = getattr(value, "data", None) if type(value).__name__.startswith(_TREES) else value
    shape = getattr(held, "shape", None)
    return isinstance(shape, tuple) and len(shape) == 2 and shape[0] > 1 and shape[1] >= max(width, 1)


def _is_weight(value: Any) -> bool:
    """Say whether a value is a parameter of a network, which is learned and no row."""
    kind = type(value)
    return kind.__name__ == "Parameter" and kind.__module__.startswith("torch.")


def _is_model(value: Any) -> bool:
    return hasattr(value, "get_params") or hasattr(value, "predict")
