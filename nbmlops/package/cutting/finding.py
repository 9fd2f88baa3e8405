"""Finding: the call that fitted the estimator which is to be packaged."""

from __future__ import annotations

from typing import Any

from nbmlops.errors import PackageError
from nbmlops.package.cutting.traces import Fit, Trace, refuse_statement

__all__ = ["find_fit"]

_WITHIN = ("best_estimator_", "estimator_", "steps")


def find_fit(trace: Trace, target: str) -> Fit:
    """Return the last call of ``fit`` that made the value of `target`."""
    if target not in trace.namespace:
        raise PackageError(
            f"The recipe binds no '{target}'.", "Export and register the model again, then package it."
        )
    model = trace.namespace[target]
    for fit in reversed(trace.fits):
        if fit.receiver is model or fit.result is model or _holds(fit.receiver, model):
            if fit.features.in_function:
                source = trace.recipe.statements[fit.statement]
                raise refuse_statement(
                    trace.recipe, source, "it fits inside a function on a table that is made in there"
                )
            return fit
    raise PackageError(
        f"The recipe holds no call of 'fit' on a table that made '{target}' ({type(model).__name__}).",
        "Package an estimator with a 'fit' method that the notebook calls on its features.",
    )


def _holds(receiver: Any, model: Any) -> bool:
    inner = [getattr(receiver, name, None) for name in _WITHIN[:2]]
    inner += [step for _, step in getattr(receiver, "steps", [])]
    return any(item is model for item in inner)
