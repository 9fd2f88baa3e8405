"""The allow-list: which types a skops file may hold beside those that skops itself trusts, and why."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from .manifest import DamagedError
from .trees import find_astray

__all__ = ["REASONS", "import_skops", "load_trusted", "name_untrusted"]

_ENSEMBLE = "sklearn.ensemble._hist_gradient_boosting"
_SELECTION = "sklearn.feature_selection._univariate_selection"

REASONS = {
    "numpy.dtype": "a dtype: skops reads it from an empty array, without pickle",
    "sklearn.tree._tree.Tree": "an array of nodes: where they lead is looked at after loading",
    f"{_ENSEMBLE}.predictor.TreePredictor": "an array of nodes, looked at in the same manner",
    "sklearn.utils._bunch.Bunch": "a dictionary whose keys are attributes too",
    "sklearn.model_selection._split.KFold": "the settings of a search, which no prediction uses",
    "sklearn.model_selection._split.StratifiedKFold": "the settings of a search, which no prediction uses",
    "sklearn.metrics._scorer._PassthroughScorer": "asks the search's own `score`, which no prediction does",
    "sklearn.calibration._CalibratedClassifier": "a classifier and its calibrators, in plain Python",
    "sklearn.calibration._SigmoidCalibration": "two numbers",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer": "arrays that only `fit` uses",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer": "arrays that only `fit` uses",
    f"{_SELECTION}.f_classif": "a function of two arrays that only `fit` calls",
    f"{_SELECTION}.f_regression": "a function of two arrays that only `fit` calls",
    f"{_SELECTION}.chi2": "a function of two arrays that only `fit` calls",
}
"""Each type with the reason why nothing that a file says of it runs code of the file's choice.

Left out on purpose: search trees of neighbours and their metrics (compiled code follows their numbers
unchecked), scorers with a function, and whatever is not of scikit-learn, numpy or scipy.
"""


# As scikit-learn's own list of its estimators leaves them out.
_NO_MODEL = frozenset({"tests", "externals", "setup", "conftest", "experimental", "estimator_checks"})
_SPECIAL = frozenset({"scipy.special._ufuncs", "scipy.special._special_ufuncs"})


def import_skops() -> Any:
    """Return `skops.io`, imported without its walks through every module of scikit-learn, and of all others.

    The one lists scikit-learn's estimators and tries whatever else is installed, in half a second. The other
    looks through all modules for the home of each function of `scipy.special`, in a fifth of a second.
    `name_untrusted` looks only at the types that a file names, and so needs no list.
    """
    if "skops.io" not in sys.modules:
        tools: Any = importlib.import_module("sklearn.utils")
        special: Any = importlib.import_module("scipy.special")
        walk, tools.all_estimators = tools.all_estimators, list
        special.__dir__ = list
        try:
            importlib.import_module("skops.io")
        finally:
            tools.all_estimators = walk
            del special.__dir__
    return sys.modules["skops.io"]


def name_untrusted(content: bytes) -> list[str]:
    """Return the types in a skops file that are neither on the list nor of kinds that skops trusts."""
    return _leave_out(import_skops().get_untrusted_types(data=content))


def _leave_out(names: list[str]) -> list[str]:
    return sorted(n for n in names if n not in REASONS and not _is_estimator(n) and not _is_function(n))


def _is_function(name: str) -> bool:
    """Say whether a name is one of the compiled functions of `scipy.special`, of numbers and arrays."""
    place, _, kind = name.rpartition(".")
    if place not in _SPECIAL or kind.startswith("_"):
        return False
    return isinstance(getattr(sys.modules.get(place), kind, None), importlib.import_module("numpy").ufunc)


def _is_estimator(name: str) -> bool:
    """Say whether a type is a public estimator of scikit-learn."""
    place, _, kind = name.rpartition(".")
    parts = place.split(".")
    if parts[0] != "sklearn" or len(parts) < 2 or kind.startswith("_") or not _NO_MODEL.isdisjoint(parts):
        return False
    try:
        found = getattr(importlib.import_module(place), kind, None)
    except ImportError:
        return False
    if not isinstance(found, type) or (found.__module__, found.__qualname__) != (place, kind):
        return False
    return issubclass(found, importlib.import_module("sklearn.base").BaseEstimator)


def load_trusted(content: bytes, path: str) -> Any:
    """Load a skops file that holds only types of the list, whatever it says itself; else DamagedError."""
    try:
        named = import_skops().get_untrusted_types(data=content)
        strange = _leave_out(named)
        if not strange:
            value = import_skops().loads(content, trusted=named)
    except Exception as error:
        raise DamagedError(
            f"The file '{path}' is no skops file that can be read here ({type(error).__name__}). "
            "Build the package again."
        ) from error
    if strange:
        raise DamagedError(
            f"The file '{path}' holds types that are not on the list of what may be loaded: "
            f"{', '.join(strange)}. Nothing of it was loaded; whoever signed it did not get it from a model."
        )
    astray = find_astray(value)
    if astray is not None:
        raise DamagedError(f"The file '{path}' is refused: {astray}. Build the package again.")
    return value
