"""Lists, tuples and what dictionaries hold: which become parameters, of which types, how written."""

from __future__ import annotations

import ast

import pytest

from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.pipeline.listings import has_comment, read_listing, tell_type
from nbmlops.pipeline.text import replace_literals
from nbmlops.slicing.cutting import cut_slice
from nbmlops.values.ranges import name_positional
from tests.core.trace import make_history, say
from tests.pipeline.notebook_text import read_notebook

IMPORTS = """\
from sklearn.svm import SVC
from sklearn.neural_network import MLPClassifier
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, cross_val_score

X = list(range(9))
"""


def find(text, target="a"):
    history = read_notebook(f"{IMPORTS}\n{text}")
    plan = cut_pipeline(cut_slice(history, target), history, name_positional=name_positional)
    texts = [
        replace_literals(p.code, [r for r in plan.replacements if r.place == p.statement.place], "p")
        for p in plan.parts
    ]
    return {p.name: p.default for p in plan.pipeline.parameters}, "\n".join(texts)


@pytest.mark.parametrize(
    ("code", "expected", "written"),
    [
        (
            "a = MLPClassifier(hidden_layer_sizes=(50, 50))",
            {"hidden_layer_sizes": (50, 50)},
            "=p.hidden_layer",
        ),
        ("a = MLPClassifier((50,))", {"hidden_layer_sizes": (50,)}, "MLPClassifier(p.hidden_layer_sizes)"),
        ("a = RidgeCV(alphas=[0.1, 1])", {"alphas": (0.1, 1)}, "alphas=list(p.alphas)"),
        ("a = GridSearchCV(X, {'svc__C': [0.1, 1.0]})", {"svc_C": (0.1, 1.0)}, "{'svc__C': list(p.svc_C)}"),
        ("a = GridSearchCV(X, param_grid=dict(C=[1, 2]))", {"C": (1, 2)}, "dict(C=list(p.C))"),
        ("a = GridSearchCV(X, {'m': [None, 3]})", {"m": (None, 3)}, "list(p.m)"),
        ("a = GridSearchCV(X, {'h': [(5,), (5, 5)]})", {"h": ((5,), (5, 5))}, "list(p.h)"),
        ("a = GridSearchCV(X, {'m': [None, 'none']})", {}, "'none'"),
        ("a = GridSearchCV(X, {'m': ['sqrt', 0.5]})", {}, "'sqrt'"),
        ("a = GridSearchCV(X, {'s': [SVC(C=3), 'x']})", {"C": 3}, "SVC(C=p.C)"),
        ("a = GridSearchCV(X, {'C': [1,  # why\n 2]})", {}, "[1,  # why\n 2]"),
        (
            "a = GridSearchCV(X, [{'C': [1, 2]}, {'C': [3], 'gamma': [.1]}])",
            {"param_grid_C": (1, 2), "param_grid_C_2": (3,), "gamma": (0.1,)},
            "'gamma': list(p.gamma)",
        ),
        (
            "a = SVC(class_weight={0: 1, 1: 5.0})",
            {"class_weight_0": 1, "class_weight_1": 5.0},
            "{0: p.class_weight_0, 1: p.class_weight_1}",
        ),
        ("a = SVC().fit([[0], [1]], [0, 1])", {}, "[[0], [1]], [0, 1]"),
        ("a = cross_val_score(SVC(), X, y=[0, 1])", {}, "y=[0, 1]"),
        ("a = [SVC(C=c) for c in [1, 2]]", {"C": (1, 2)}, "for c in p.C]"),
        ("a = [c for c in [1, 2]]", {}, "[1, 2]"),
        (f"a = RidgeCV(alphas={list(range(40))})", {}, "39]"),
    ],
)
def test_what_is_given_itself(code, expected, written):
    found, text = find(code)
    assert found == expected
    assert written in text


@pytest.mark.parametrize(
    ("code", "expected", "written"),
    [
        (
            "grid = {'C': [1, 2], 'kernel': ['rbf']}\n\na = GridSearchCV(X, grid)",
            {"C": (1, 2), "kernel": ("rbf",)},
            "grid = {'C': list(p.C), 'kernel': list(p.kernel)}",
        ),
        ("g = [3, 4]\n\na = RidgeCV(alphas=g)", {"g": (3, 4)}, "g = list(p.g)"),
        ("g = (3, 4)\n\na = [RidgeCV(alphas=g) for _ in X]", {"g": (3, 4)}, "g = p.g"),
        ("g = [3, 4]\ngrid = {'C': g}\n\na = GridSearchCV(X, grid)", {"g": (3, 4)}, "g = list(p.g)"),
        ("g = [3, 4]\n\na = [SVC(C=c) for c in g]", {"g": (3, 4)}, "g = list(p.g)"),
        ("kw = {'C': 2, 'verbose': True}\n\na = SVC(**kw)", {"C": 2}, "{'C': p.C, 'verbose': True}"),
        ("kw = dict(C=2)\n\na = SVC(**kw)", {"C": 2}, "kw = dict(C=p.C)"),
        ("c = 0\n\nfor c in (1, 2):\n    a = SVC(C=c)", {"C": (1, 2)}, "for c in p.C:"),
        ("g = [3, 4]\n\na = sum(g)", {}, "g = [3, 4]"),
        ("rows = [3, 4]\n\na = cross_val_score(SVC(), rows, y=rows)", {}, "rows = [3, 4]"),
        (
            "g = {'C': [1]}\n\nb = GridSearchCV(X, g)\n\ng = {'C': [2]}\n\na = [b, GridSearchCV(X, g)]",
            {"param_grid_C": (1,), "param_grid_C_2": (2,)},
            "g = {'C': list(p.param_grid_C_2)}",
        ),
        ("g = {'C': [1]}\n\ng = dict(X)\n\na = GridSearchCV(X, g)", {}, "g = dict(X)"),
    ],
)
def test_what_has_a_name_first(code, expected, written):
    found, text = find(code)
    assert found == expected
    assert written in text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("[1, 2]", "tuple[int, ...]"),
        ("(1, 2.5)", "tuple[float, ...]"),
        ("['a']", "tuple[str, ...]"),
        ("[True, False, None]", "tuple[bool | None, ...]"),
        ("[(1, 2), (3,)]", "tuple[tuple[int, ...], ...]"),
    ],
)
def test_types(code, kind):
    assert tell_type(read_listing(ast.parse(code, mode="eval").body)) == kind


@pytest.mark.parametrize(
    "code", ["[]", "[None]", "[True, 1]", "[[1]]", "[x]", "[1, (2,)]", "{1, 2}", "[1 + 1]", "[()]"]
)
def test_what_has_no_type_is_no_listing(code):
    assert read_listing(ast.parse(code, mode="eval").body) is None


@pytest.mark.parametrize(("code", "expected"), [("[1,  # a\n 2]", True), ("['#', 2]", False), ("[1]", False)])
def test_comments_inside(code, expected):
    assert has_comment(code, ast.parse(code).body[0].value) is expected


def test_a_name_that_hides_list_is_respected():
    lines = [("from sklearn.linear_model import RidgeCV", "", "RidgeCV"), ("list = sorted", "", "list")]
    lines.append(("a = RidgeCV(alphas=[2, 1], cv=(3, 4), scoring=list)", "RidgeCV list", "a"))
    history = make_history(*(say(code, reads=reads, binds=binds) for code, reads, binds in lines))
    plan = cut_pipeline(cut_slice(history, "a"), history)
    assert {p.name: p.default for p in plan.pipeline.parameters} == {"cv": (3, 4)}
