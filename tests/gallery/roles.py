"""Roles: which of a notebook's names hold a fitted estimator, a table, or a plain value."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

__all__ = ["find_roles"]

_TABLES = {
    "DataFrame",
    "Series",
    "ndarray",
    "csr_matrix",
    "csc_matrix",
    "coo_matrix",
    "csr_array",
    "csc_array",
}
_PLAIN = (bool, int, float, complex, str, bytes, list, tuple, dict, set)


def find_roles(namespace: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """Return ``estimator``, ``table`` or ``value`` for each name that is worth exporting."""
    found = {name: _find_role(namespace[name]) for name in names if name in namespace}
    return {name: role for name, role in found.items() if role}


def _find_role(value: Any) -> str | None:
    if isinstance(value, type | types.ModuleType | types.FunctionType):
        return None
    if _is_fitted(value):
        return "estimator"
    if type(value).__name__ in _TABLES and not _holds_drawings(value):
        return "table"
    return "value" if isinstance(value, _PLAIN) and not _holds_drawings(value) else None


def _is_fitted(value: Any) -> bool:
    if not (hasattr(value, "fit") and hasattr(value, "get_params")):
        return False
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(value)
    except (NotFittedError, TypeError):
        return False
    return True


def _holds_drawings(value: Any) -> bool:
    """Say whether an array or a container is full of what a plot is made of."""
    if isinstance(value, np.ndarray):
        return value.dtype.hasobject and any(_is_drawing(v) for v in value.ravel())
    if isinstance(value, dict):
        return any(_holds_drawings(v) for v in value.values())
    if isinstance(value, list | tuple | set):
        return any(_holds_drawings(v) for v in value)
    return _is_drawing(value)


def _is_drawing(value: Any) -> bool:
    modules = [k.__module__ for k in type(value).__mro__]
    return any(m.startswith(("matplotlib.", "mpl_toolkits.")) for m in modules) or hasattr(value, "figure_")
