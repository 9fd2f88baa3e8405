"""Which literals of a notebook's statements become parameters, under which names, with which ranges."""

from __future__ import annotations

import pytest

from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.pipeline.text import replace_literals
from nbmlops.slicing.cutting import cut_slice
from nbmlops.values.ranges import find_bounds, name_positional
from tests.core.trace import make_history, say

IMPORTS = [
    say("from sklearn.svm import SVC", binds="SVC"),
    say("from sklearn.linear_model import Ridge", binds="Ridge"),
    say("from sklearn import model_selection as ms", binds="ms"),
    say("import numpy as np", binds="np"),
    say("import pandas as pd", binds="pd"),
    say("import sklearn", binds="sklearn"),
    say("from sklearn.metrics import f1_score", binds="f1_score"),
    say("df = load()", binds="df"),
]


def find(*codes):
    own = " ".join({name for name, _ in codes} & {"n", "C"})
    lines = [
        say(
            code,
            reads="" if name in {"n", "C"} else f"SVC Ridge ms np pd sklearn f1_score df {own}",
            binds=name,
        )
        for name, code in codes
    ]
    history = make_history(*IMPORTS, *lines, say("y = f(a, b)", reads="a b", binds="y"))
    plan = cut_pipeline(cut_slice(history, "y"), history, name_positional=name_positional)
    texts = [
        replace_literals(p.code, [r for r in plan.replacements if r.place == p.statement.place], "parameters")
        for p in plan.parts
    ]
    return plan.pipeline.parameters, texts


def names(*codes):
    return {p.name: p.default for p in find(*codes)[0]}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a = SVC(C=2, kernel='rbf')", {"C": 2, "kernel": "rbf"}),
        ("a = SVC(verbose=True, tol=-1)", {"tol": -1}),
        ("a = ms.train_test_split(df, test_size=0.2)", {"test_size": 0.2}),
        ("a = ms.KFold(n_splits=5).split(df)", {"n_splits": 5}),
        ("np.random.seed(3); a = 1", {"seed": 3}),
        ("a = np.random.default_rng(3)", {"seed": 3}),
        ("a = df.sample(frac=0.5)", {"frac": 0.5}),
        ("a = df[df['Age in years'] > 30]", {"age_in_years_above": 30}),
        ("a = df[df.age <= 30.5]", {"age_up_to": 30.5}),
        ("a = df[df['age'] == 99]", {}),
        ("a = df.sample(5, random_state=1)", {"n": 5, "random_state": 1}),
        ("a = df.sample(5, True)", {"n": 5}),
        ("a = df['age'].clip(0, 80)", {"lower": 0, "upper": 80}),
        ("a = df[df.age > df.age.quantile(0.9)]", {"q": 0.9}),
        ("a = df.model.predict_proba(df)[:, 1] >= 0.3", {"predict_proba_from": 0.3}),
        ("a = (df > 7) & (df < 9.5)", {"df_above": 7, "df_below": 9.5}),
        ("a = 1 if df > 7 else 2", {}),
        ("a = [x for x in df if x > 7]", {}),
        ("a = [x for x in df if x['n'] > 7]", {"n_above": 7}),
        ("a = pd.read_csv(df, nrows=100, sep=';')", {"nrows": 100}),
        ("a = pd.cut(df, 5)", {"bins": 5}),
        ("a = pd.cut(df, bins=5, right=False)", {"bins": 5}),
        ("a = f1_score(df, df, average='macro')", {"average": "macro"}),
        ("sklearn.set_config(assume_finite=True); a = 1", {}),
        ("a = lambda: SVC(C=2)", {}),
        ("a = [SVC(C=c, tol=0.1) for c in (1, 2)]", {"C": (1, 2), "tol": 0.1}),
        ("a = SVC(class_weight=None, C=1 + 1, gamma=[1 + 1])", {}),
        ("a = df.plot(x=3)", {}),
        ("a = df.set_params(lr__C=0.3, n_jobs=2)", {"lr_C": 0.3}),
        ("a = SVC(C=2) if len(df) > 3 else 0", {"C": 2}),
    ],
)
def test_what_reaches_an_estimator_a_split_a_seed_or_a_threshold(code, expected):
    assert names(("a", code), ("b", "b = 0 + 0")) == expected


def test_equal_seeds_are_one_and_other_names_are_told_apart():
    parameters, texts = find(
        ("a", "a = SVC(C=2, tol=1e-3, random_state=0)"), ("b", "b = Ridge(tol=1e-4, random_state=0)")
    )
    assert [p.name for p in parameters] == ["C", "svc_tol", "random_state", "ridge_tol"]
    assert "b = Ridge(tol=parameters.ridge_tol, random_state=parameters.random_state)" in texts


def test_other_seeds_are_two():
    assert names(("a", "a = SVC(random_state=0)"), ("b", "b = Ridge(random_state=1)")) == {
        "svc_random_state": 0,
        "ridge_random_state": 1,
    }


def test_a_name_that_is_taken_is_left_to_its_owner():
    found = names(("C", "C = 3"), ("a", "a = SVC(C=2, tol=C)"), ("b", "b = C + 0"))
    assert found["C"] == 3
    assert 2 in found.values()


def test_where_a_parameter_stood_is_told():
    (parameter,) = find(("a", "# first\na = SVC(\n    C=2)"), ("b", "b = 0 + 0"))[0]
    assert parameter.where == "cell 9, line 2: `C` of SVC"
    assert parameter.fills == "sklearn.svm.SVC:C"


def test_what_a_named_value_is_given_for_is_known():
    parameters = find(("n", "n = 3"), ("a", "a = ms.KFold(n_splits=n)"), ("b", "b = 0 + 0"))[0]
    assert [(p.name, p.fills) for p in parameters] == [("n", "sklearn.model_selection.KFold:n_splits")]


@pytest.mark.parametrize(
    ("path", "argument", "default", "expected"),
    [
        ("sklearn.svm.SVC", "C", 1, ("(0.0, inf)", (), True)),
        (
            "sklearn.svm.SVC",
            "kernel",
            "rbf",
            ("", ("linear", "poly", "precomputed", "rbf", "sigmoid"), False),
        ),
        ("sklearn.ensemble.RandomForestClassifier", "min_samples_leaf", 3, ("[1, inf)", (), False)),
        ("sklearn.ensemble.RandomForestClassifier", "min_samples_leaf", 0.1, ("(0.0, 1.0)", (), False)),
        ("sklearn.model_selection.train_test_split", "test_size", 0.25, ("(0, 1)", (), False)),
        ("sklearn.svm.SVC", "random_state", 0, ("[0, 4294967295]", (), False)),
        ("sklearn.svm.SVC", "nothing", 0, ("", (), False)),
        ("sklearn.svm.Nothing", "C", 0, ("", (), False)),
        ("os.path.join", "C", 0, ("", (), False)),
    ],
)
def test_ranges_are_what_the_library_states(path, argument, default, expected):
    assert find_bounds(path, argument, default) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a = ms.KFold(4)", {"n_splits": 4}),
        ("a = Ridge(0.5)", {"alpha": 0.5}),
        ("a = Ridge(-0.5, tol=0.1)", {"alpha": -0.5, "tol": 0.1}),
        ("a = ms.train_test_split(df, 0.3)", {}),
        ("a = ms.KFold(*df)", {}),
        ("a = Ridge(*df, 0.5)", {}),
        ("a = df.KFold(4)", {}),
        ("a = ms.nothing_of_the_kind(4)", {}),
        ("a = SVC(0.5)", {}),  # which takes none by position
    ],
)
def test_an_argument_by_its_position(code, expected):
    assert names(("a", code), ("b", "b = list()")) == expected


def test_a_name_that_is_given_by_position_reaches_it():
    found, _ = find(("C", "C = 0.5"), ("a", "a = Ridge(C)"), ("b", "b = list()"))
    assert [(p.name, p.fills) for p in found] == [("C", "sklearn.linear_model.Ridge:alpha")]
