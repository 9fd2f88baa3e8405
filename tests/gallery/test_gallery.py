"""A few of scikit-learn's examples, and the other route itself: what it tells apart and what it does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.gallery.gallery_run import open_elsewhere, run_script
from tests.gallery.script_notebook import cut_script
from tests.gallery.walk import compare, describe

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))


@pytest.fixture(scope="module")
def elsewhere():
    with open_elsewhere() as opened:
        yield opened


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script_nobody_here_wrote(path, tmp_path, elsewhere):
    result = run_script(path.name, path.read_text("utf-8"), tmp_path, elsewhere)
    assert (result.status, result.why, result.unsure) == ("ran", None, ())
    assert result.objects
    for found in result.objects:
        assert (found.verdict, found.other) == ("identical", "same"), found


def test_script_becomes_cells():
    text = (
        '"""\n=====\nTitle\n=====\nWords.\n"""\n\n# Authors\n\nx = 1\n\n'
        "# %%\n# Head\n# ----\n# More.\ny = 2\n# why\nz = 3\n"
    )
    cells = [(c.kind, c.source) for c in cut_script(text)]
    assert cells == [
        ("markdown", "# Title\nWords."),
        ("code", "# Authors\n\nx = 1"),
        ("markdown", "## Head\nMore."),
        ("code", "y = 2\n# why\nz = 3"),
    ]


def make_frame(last):
    return pd.DataFrame({"a": [1.0, 2.0, last], "b": pd.Categorical(["x", "y", "x"])})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (make_frame(3.0), make_frame(np.nextafter(3.0, 4.0))),
        (np.arange(3), np.arange(3, dtype=float)),
        ([1, 2], (1, 2)),
        ({"a": 1}, {"a": True}),
        (0.0, -0.0),
        (make_frame, describe),
    ],
)
def test_other_route_tells_apart(one, other):
    assert compare(describe(one), describe(other))[0] == "differs"


def test_other_route_forgives_the_clock():
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV

    table, answer = np.arange(40.0).reshape(20, 2), np.arange(20.0)
    first, second = (GridSearchCV(Ridge(), {"alpha": [1, 2]}, cv=2).fit(table, answer) for _ in range(2))
    assert compare(describe(first), describe(second)) == ("same", "walk")


def test_other_route_says_where_it_has_no_way():
    assert compare(describe(iter([1])), describe(open)) == ("differs", "walk")
    assert compare(describe(make_frame.__code__), describe(make_frame.__code__)) == ("neither", "")
