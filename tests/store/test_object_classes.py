"""Objects of the classes that notebooks hold come back from the store in a fresh process as they were."""

from __future__ import annotations

import pytest

from tests.store.trying_classes import (
    CLASSES,
    DIFFERS,
    EQUAL,
    OWN_EQUAL,
    REFUSED,
    SAME_BYTES,
    UNTOLD,
    list_installed,
    try_classes,
)

# What cannot be the same elsewhere: see docs/store.md.
KNOWN = {
    ("builtins", "generator"): REFUSED,
    ("builtins", "open file"): REFUSED,
    ("builtins", "sqlite3.Connection"): REFUSED,
    ("builtins", "threading.Lock"): REFUSED,
    ("builtins", "socket"): REFUSED,
    ("pandas", "Styler"): DIFFERS,
    ("sklearn", "gaussian_process.GaussianProcessRegressor"): DIFFERS,
    ("scipy", "spatial.cKDTree"): DIFFERS,
    ("scipy", "optimize.OptimizeResult"): DIFFERS,
    ("scipy", "stats frozen distribution"): DIFFERS,
}


@pytest.mark.slow
@pytest.mark.parametrize("library", ["builtins", "numpy", "pandas", "sklearn", "scipy", "matplotlib"])
def test_classes_come_back(library, tmp_path):
    told = try_classes(tmp_path, [library])
    assert len(told) == len(CLASSES[library])
    for one in told:
        known = KNOWN.get((library, one["class"]))
        good = {EQUAL, OWN_EQUAL, SAME_BYTES} | ({UNTOLD} if library == "matplotlib" else set())
        assert one["outcome"] in ({known} if known else good), one


def test_the_list_is_of_libraries_and_their_classes():
    assert {"numpy", "pandas", "sklearn", "scipy"} <= set(list_installed()) <= set(CLASSES)
    assert sum(map(len, CLASSES.values())) >= 146
