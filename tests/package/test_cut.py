"""The row function makes what the estimator saw, bit for bit, out of raw rows."""

from __future__ import annotations

import base64
import pickle

import pandas as pd

from nbmlops.core.encoding import dump, load
from nbmlops.package.rowcut import RowCut

IDLE = {"income", "fnlwgt", "education", "capital_loss"}


def test_source_is_the_notebooks_own_text(census):
    source = census.cut.source
    assert "    # 99 hours is a code and no number of hours\n" in source
    assert '    data = data.dropna(subset=["native_country"])\n' in source
    assert "    data = adult\n" in source
    assert "def is_married(status):" in source
    assert "nbmlops" not in source


def test_what_was_learned_is_a_constant(census):
    assert 'median_hours = np.float64(40.0)  # learned: data["hours_per_week"].median()' in census.cut.source
    shown = {item.expression: item.shown for item in census.cut.learned}
    mean = census.namespace["data"]
    assert "data['age'].mean()" in shown
    assert len(mean) == 31978
    assert "train_test_split" not in census.cut.source


def test_features_leave_the_label_out(census):
    features, target = census.cut.source.split("def target")
    assert 'data["income"]' not in features
    assert 'y = data["income"]' in target
    assert census.cut.label == "income"


def test_columns_are_those_that_fit_saw(census):
    seen = census.namespace["X_train"]
    assert census.cut.columns == tuple(seen.columns)
    assert census.cut.dtypes == tuple(str(d) for d in seen.dtypes)


def test_verification_is_counted(census):
    verified = census.cut.verified
    assert verified.rows == 32561
    assert verified.singles >= 200
    assert verified.dropped == 32561 - 31978
    assert verified.fitted == len(census.namespace["X_train"])
    assert verified.tested == len(census.namespace["X_test"])
    assert not census.cut.keeps_rows
    assert [(c.statement, c.rows) for c in census.cut.cleaning] == [
        ('data = data.dropna(subset=["native_country"])', 583)
    ]


def test_signature_tells_what_is_needed(census):
    fields = {f.name: f for f in census.cut.signature.inputs}
    assert list(fields) == list(pd.read_csv(census.parameters["adult"], nrows=1).columns)
    assert {n for n, f in fields.items() if not f.required} == IDLE
    assert set(census.cut.placeholders) == IDLE
    assert fields["occupation"].nullable
    assert not fields["age"].nullable
    assert fields["sex"].values == ("Female", "Male")


def test_rare_category_is_nowhere_unless_the_model_has_its_column(census):
    text = dump(census.cut) + str(pickle.loads(base64.b64decode(census.cut.learned_content)))
    assert "Holand-Netherlands" not in text
    assert "occupation_Armed-Forces" in text


def test_no_training_row_is_in_the_cut(census):
    raw = pd.read_csv(census.parameters["adult"])
    text = dump(census.cut)
    rare = raw["fnlwgt"].value_counts()
    assert not any(f" {n}," in text or f": {n}" in text for n in rare.index[rare == 1][:2000])


def test_cut_is_a_record_like_any_other(census):
    assert load(RowCut, dump(census.cut)) == census.cut


def test_golden_rows_are_answered_or_dropped(census):
    golden = census.cut.golden
    assert len(golden) == 20
    assert any(case.prediction is not None for case in golden)
    assert all((case.prediction is None) == (case.dropped is not None) for case in golden)
