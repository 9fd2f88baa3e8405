"""The way without a frame gives the very bits of the way with one, or it is not taken."""

from __future__ import annotations

import textwrap
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC

from nbmlops.package.runtime.checks import compile_checks
from nbmlops.package.runtime.direct import MOST_ROWS, Direct, find_direct
from nbmlops.package.runtime.picks import read_picks
from nbmlops.package.runtime.schema import Field, Schema

COLUMNS = [f"x{n}" for n in range(10)]
X, Y = make_classification(400, 10, n_informative=6, n_classes=3, random_state=0)
FRAME = pd.DataFrame(X, columns=COLUMNS)
MIXED = FRAME.assign(x3=(FRAME["x3"] * 10).round().astype("int64"))
WHOLE = (FRAME * 10).round().astype("int64")
NAMES = np.array(["low", "mid", "high"])

SOURCE = """
import pandas as pd

def features(rows_2):
    rows = rows_2.copy()
    X = rows.drop(columns="y")
    return X
"""


def make_schema(frame: pd.DataFrame, **more: Any) -> Schema:
    fields = [Field(name, str(frame[name].dtype), "number", True, False, **more) for name in frame]
    return Schema((*fields, Field("y", "int64", "number", False, False, placeholder=0)))


def ask_model(model: Any, frame: pd.DataFrame, schema: Schema) -> Any:
    """Return what answers rows through a frame, as the notebook's code would."""

    def ask(rows: list[Any], probabilities: bool) -> list[dict[str, Any]]:
        made = schema.build_rows(rows)[list(frame.columns)]
        answers = [{"prediction": p} for p in model.predict(made).tolist()]
        if probabilities:
            for answer, share in zip(answers, model.predict_proba(made), strict=True):
                answer["probabilities"] = dict(zip(map(str, model.classes_), share.tolist(), strict=True))
        return answers

    return ask


def find(model: Any, frame: pd.DataFrame, source: str = SOURCE) -> tuple[Direct | None, Any, Schema]:
    schema = make_schema(frame)
    ask = ask_model(model, frame, schema)
    classes = [str(c) for c in getattr(model, "classes_", ())]
    return find_direct(model, source, schema, classes, ask), ask, schema


CLASSIFIERS = [
    LogisticRegression(max_iter=5000),
    SGDClassifier(random_state=0),
    LinearSVC(),
    make_pipeline(StandardScaler(), LogisticRegression()),
    make_pipeline(StandardScaler(with_mean=False), SGDClassifier(random_state=0)),
    make_pipeline(StandardScaler(), RandomForestClassifier(9, random_state=0)),
    RandomForestClassifier(9, random_state=0),
]
REGRESSIONS = [
    LinearRegression(),
    Ridge(),
    Lasso(0.5),
    ElasticNet(0.5),
    make_pipeline(StandardScaler(with_std=False), LinearRegression()),
    ExtraTreesRegressor(9, random_state=0),
]


@pytest.mark.parametrize("model", CLASSIFIERS, ids=str)
@pytest.mark.parametrize(
    ("frame", "labels"), [(FRAME, Y == 1), (MIXED, NAMES[Y]), (WHOLE, Y)], ids=["floats", "mixed", "whole"]
)
def test_classes_and_shares_are_the_same_bits(model, frame, labels):
    model.fit(frame, labels)
    require_same(model, frame)


@pytest.mark.parametrize("model", REGRESSIONS, ids=str)
@pytest.mark.parametrize("frame", [FRAME, MIXED, WHOLE], ids=["floats", "mixed", "whole"])
def test_numbers_are_the_same_bits(model, frame):
    model.fit(frame, X[:, 0] * 30 + X[:, 3] / 7)
    require_same(model, frame)


def test_several_targets_are_the_same_bits():
    model = LinearRegression().fit(FRAME, X[:, :3] @ np.arange(9).reshape(3, 3))
    require_same(model, FRAME)


def require_same(model: Any, frame: pd.DataFrame) -> None:
    direct, ask, schema = find(model, frame)
    assert direct is not None
    accepts = compile_checks(schema)
    rows = [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
    for count in (2, 5, 400):
        for probabilities in {False, direct.kernel.has_probabilities}:
            asked = rows[-count:]
            assert all(map(accepts, asked))
            assert repr(direct.answer(asked, probabilities)) == repr(ask(asked, probabilities))
    for row in rows[:20]:
        assert repr(direct.answer([row], False)) == repr(ask([row], False))


@pytest.mark.parametrize(
    "model",
    [
        GradientBoostingClassifier(n_estimators=3),
        RidgeClassifier(),
        make_pipeline(MinMaxScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), StandardScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=3)),
    ],
    ids=str,
)
def test_other_models_are_asked_themselves(model):
    assert find(model.fit(FRAME, Y), FRAME)[0] is None


def test_a_model_of_ones_own_is_asked_itself():
    class Own(LogisticRegression):
        def predict(self, X):  # noqa: N803
            return super().predict(X)[::-1]

    assert find(Own().fit(FRAME, Y), FRAME)[0] is None


def test_a_way_that_parts_from_the_model_is_not_taken():
    model = LogisticRegression().fit(FRAME, Y)
    schema = make_schema(FRAME)
    other = LogisticRegression(C=0.99).fit(FRAME, Y)
    assert find_direct(model, SOURCE, schema, ["0", "1", "2"], ask_model(other, FRAME, schema)) is None


def test_what_the_estimator_would_refuse_is_left_to_it():
    forest, _, _ = find(RandomForestClassifier(5, random_state=0).fit(FRAME, Y), FRAME)
    scaled, _, _ = find(make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME * 1e-9, Y), FRAME)
    assert forest is not None and scaled is not None
    row = dict.fromkeys(COLUMNS, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert forest.answer([row | {"x0": 1e300}], False) is None
        assert scaled.answer([row | {"x0": 1e305}], False) is None
    assert forest.answer([row], False) is not None
    assert forest.answer([row | {"x0": None}], False) is None or not forest.has_gaps
    assert forest.answer([{}], False) is None
    assert forest.answer([row] * (MOST_ROWS + 1), False) is None


def test_a_gap_is_left_to_the_estimator():
    model = LogisticRegression().fit(FRAME, Y)
    fields = tuple(Field(name, "float64", "number", True, True) for name in COLUMNS)
    schema = Schema(fields)
    source = "def features(rows):\n    return rows\n"
    direct = find_direct(model, source, schema, ["0", "1", "2"], ask_model(model, FRAME, schema))
    assert direct is not None
    assert direct.answer([dict.fromkeys(COLUMNS, 0.5) | {"x0": None}], False) is None


RAW = ["a", "b", "c", "y"]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("return rows", RAW),
        ("X = rows.copy()\nreturn X", RAW),
        ('X = rows[["c", "a"]]\nreturn X', ["c", "a"]),
        ('names = ["c", "a"]\nX = rows[names]\nreturn X', ["c", "a"]),
        ('return rows.drop("y", axis=1)', ["a", "b", "c"]),
        ('return rows.drop(columns=["y", "b"])', ["a", "c"]),
        ('"""What it does."""\nX = rows.drop(["y"], axis="columns")\nreturn X.copy()', ["a", "b", "c"]),
    ],
)
def test_chosen_columns_are_read_off(body, wanted):
    source = "def features(rows):\n" + textwrap.indent(body, "    ")
    assert read_picks(source, RAW) == tuple(wanted)


@pytest.mark.parametrize(
    "source",
    [
        "def features(rows):\n    rows['a'] = 1\n    return rows",
        "def features(rows):\n    X = rows.fillna(0)\n    return X",
        "def features(rows):\n    return rows.drop(0)",
        "def features(rows):\n    return rows.drop(columns='z')",
        "def features(rows):\n    return rows.drop('y', axis=True)",
        "def features(rows):\n    return rows[['a', 'a']]",
        "def features(rows):\n    return rows['a']",
        "def features(rows):\n    return rows[rows['a'] > 0]",
        "def features(rows):\n    return rows.copy(deep=False).drop(columns='y', errors='ignore')",
        "def features(rows):\n    if len(rows):\n        return rows\n    return None",
        "def features(rows):\n    rows = twice(rows)\n    return rows",
        "def features(rows):\n    return rows\nfeatures = twice(features)",
        "@twice\ndef features(rows):\n    return rows",
        "def features(rows):\n    return rows\nfrom other import *",
        "names = ['a']\nnames.append('b')\ndef features(rows):\n    return rows[names]",
        "names = ['a']\nnames += ['b']\ndef features(rows):\n    return rows[names]",
        "names = ['a']\nlast = change(names)\ndef features(rows):\n    return rows[names]",
        "def features(rows):\n    names = ['a']\n    names += ['b']\n    return rows[names]",
        "def other(rows):\n    return rows",
        "def features(rows, more):\n    return rows",
    ],
)
def test_what_may_do_more_is_run_as_it_is(source):
    assert read_picks(source, RAW) is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["x", "2024-01-01"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
FIELDS = Schema(
    (
        Field("float", "float64", "number", True, True),
        Field("small", "int8", "number", True, False),
        Field("flag", "bool", "flag", False, False, placeholder=False),
        Field("text", "str", "text", True, False),
        Field("kind", "str", "category", True, True, ("x", "y")),
        Field("when", "datetime64[ns]", "time", False, False),
    )
)


@given(
    st.fixed_dictionaries(
        {"float": st.floats() | JSON, "small": st.integers(-200, 200) | JSON, "text": st.text() | JSON},
        optional={"flag": JSON, "kind": JSON, "when": JSON, "more": JSON},
    )
    | JSON
)
def test_what_is_accepted_at_a_glance_has_no_problem(row):
    if compile_checks(FIELDS)(row):
        assert FIELDS.check_rows([row]) == []


def test_a_right_row_is_accepted_at_a_glance():
    row = {"float": 1.5, "small": 3, "flag": True, "text": "t", "kind": "x"}
    assert compile_checks(FIELDS)(row)
    assert compile_checks(FIELDS)(row | {"float": None, "kind": None})
