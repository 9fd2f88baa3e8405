"""Judging: the numbers of a picture are those of scikit-learn, and what has no picture says why."""

from __future__ import annotations

import math
import random

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from nbmlops.values.judging import NoPlotError, plot_answers, plot_importance
from nbmlops.values.reaching import can_reach, reach_value

DRAWN = np.random.default_rng(0)
ROWS = pd.DataFrame(DRAWN.normal(size=(200, 3)), columns=["a", "b", "c"])
TRUTH = pd.Series((ROWS.a + DRAWN.normal(size=200) > 0).astype(int), name="y")
MODEL = LogisticRegression().fit(ROWS, TRUTH)


def test_roc_and_pr_are_those_of_scikit_learn():
    scores = MODEL.predict_proba(ROWS)[:, 1]
    roc = plot_answers("roc", MODEL, ROWS, TRUTH, "m")
    wrong, right, _ = metrics.roc_curve(TRUTH, scores)
    assert roc.traces[0].x == tuple(wrong)
    assert roc.traces[0].y == tuple(right)
    assert f"{metrics.roc_auc_score(TRUTH, scores):.4f}" in roc.traces[0].name
    assert roc.traces[1].reference
    pr = plot_answers("pr", MODEL, ROWS, TRUTH, "m")
    assert f"{metrics.average_precision_score(TRUTH, scores):.4f}" in pr.traces[0].name
    assert (pr.rows, len(pr.traces)) == (200, 1)


def test_calibration_is_of_probabilities_only():
    found = plot_answers("calibration", MODEL, ROWS, TRUTH, "m").traces[0]
    assert all(0 <= number <= 1 for number in (*found.x, *found.y))
    with pytest.raises(NoPlotError, match="no probabilities"):
        plot_answers("calibration", LinearSVC().fit(ROWS, TRUTH), ROWS, TRUTH, "m")


@pytest.mark.parametrize("kind", [int, float, bool, str, object])
def test_confusion_counts_whatever_the_classes_are(kind):
    words = TRUTH.map({0: "no", 1: "yes"}) if kind in (str, object) else TRUTH.astype(kind)
    model = LogisticRegression().fit(ROWS, words)
    found = plot_answers("confusion", model, ROWS, list(words), "m")
    expected = metrics.confusion_matrix(words.astype(str), model.predict(ROWS).astype(str))
    assert [list(row) for row in found.counts] == expected.tolist()
    assert found.rows == 200


def test_truth_of_another_type_is_the_same_class():
    found = plot_answers("confusion", MODEL, ROWS, TRUTH.astype(float), "m")
    assert len(found.labels) == 2
    assert sum(map(sum, found.counts)) == 200


def test_several_classes_have_a_curve_each():
    many = pd.cut(ROWS.a, 3, labels=["low", "middle", "high"]).astype(str)
    model = RandomForestClassifier(10, random_state=0).fit(ROWS, many)
    assert len(plot_answers("roc", model, ROWS, many, "m").traces) == 4
    lacking = plot_answers("roc", model, ROWS[many != "low"], many[many != "low"], "m")
    assert lacking.notes == ("no curve of 'low': none of the rows are",)


@pytest.mark.parametrize(
    ("kind", "model", "rows", "truth", "why"),
    [
        ("roc", LinearRegression().fit(ROWS, ROWS.a), ROWS, ROWS.a, "no classes"),
        ("confusion", LinearRegression().fit(ROWS, ROWS.a), ROWS, ROWS.a, "no classes"),
        ("roc", MODEL, ROWS, TRUTH[:10], "10 true values of 200"),
        ("confusion", MODEL, ROWS, TRUTH[:10], "10 true values of 200"),
        ("roc", MODEL, ROWS[:0], TRUTH[:0], "no rows"),
        ("roc", MODEL, ROWS, np.column_stack([TRUTH, TRUTH]), "several true values"),
        ("roc", MODEL, ROWS, TRUTH * 0, "all of the rows|none of the rows"),
    ],
)
def test_what_has_no_picture_says_why(kind, model, rows, truth, why):
    with pytest.raises(NoPlotError, match=why):
        plot_answers(kind, model, rows, truth, "m")


def test_asking_moves_no_stream_and_changes_no_row():
    class Drawing(LogisticRegression):
        def predict_proba(self, rows):
            np.random.random()
            random.random()
            return super().predict_proba(rows)

    model = Drawing().fit(ROWS, TRUTH)
    before, numbers, state = ROWS.copy(), np.random.get_state()[1].copy(), random.getstate()
    plot_answers("roc", model, ROWS, TRUTH, "m")
    assert np.array_equal(np.random.get_state()[1], numbers)
    assert random.getstate() == state
    pd.testing.assert_frame_equal(ROWS, before)


def test_importances_are_named_and_ordered():
    forest = RandomForestClassifier(10, random_state=0).fit(ROWS, TRUTH)
    found = plot_importance(forest, "m")
    assert found.labels[0] == "a"
    assert list(found.values) == sorted(forest.feature_importances_, reverse=True)
    assert len(found.deviations) == 3
    signed = plot_importance(make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, -TRUTH), "m")
    assert signed.labels[0] == "a"
    assert signed.values[0] < 0
    assert "one scale" in signed.notes[0]


def test_columns_whose_names_are_not_known_have_numbers():
    nameless = make_pipeline(FunctionTransformer(lambda rows: rows.to_numpy()[:, ::-1]), LogisticRegression())
    assert set(plot_importance(nameless.fit(ROWS, TRUTH), "m").labels) == {"column 0", "column 1", "column 2"}
    encoded = make_pipeline(make_column_transformer((OneHotEncoder(), ["k"])), LogisticRegression())
    encoded.fit(pd.DataFrame({"k": ["x", "y"] * 100}), TRUTH)
    assert set(plot_importance(encoded, "m").labels) == {"onehotencoder__k_x", "onehotencoder__k_y"}
    with pytest.raises(NoPlotError, match="says nothing"):
        plot_importance(StandardScaler().fit(ROWS), "m")


def test_only_names_and_their_parts_are_reached():
    held = {"test": ROWS, "columns": ["a", "b"], "models": {"x": MODEL}, "math": math}
    assert reach_value("models['x']", held) is MODEL
    assert list(reach_value("test[['a', 'b']]", held)) == ["a", "b"]
    assert list(reach_value("test[columns]", held)) == ["a", "b"]
    assert reach_value("test.a", held).equals(ROWS.a)
    for text in (
        "f()",
        "a + b",
        "test[f()]",
        "x := 1",
        "lambda: 1",
        "",
        "a.b(c)",
        "[1][0]",
        "(" * 5000,
        "\x00",
    ):
        assert not can_reach(text)
        with pytest.raises(ValueError, match="more than a name"):
            reach_value(text, held)
    with pytest.raises(KeyError):
        reach_value("nobody", held)
