"""The format of a model: skops files of listed types only, plain learned values, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
import skops.io
from scipy import special
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    StackingRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils import all_estimators

from nbmlops.errors import PackageError, UsageError
from nbmlops.package.build import build_package
from nbmlops.package.cutting.plainly import write_plain
from nbmlops.package.cutting.shaping import write_skops
from nbmlops.package.forming import Source, form_model, keep_pickle, require_form
from nbmlops.package.rowcut import Close, Form, Formed
from nbmlops.package.runtime.closeness import allows_gap, measure_gap
from nbmlops.package.runtime.manifest import DamagedError
from nbmlops.package.runtime.plain import read_plain
from nbmlops.package.runtime.trees import find_astray
from nbmlops.package.runtime.trusted import _leave_out, load_trusted, name_untrusted
from nbmlops.values.codec import load_value, save_value
from nbmlops.values.structure import structural_digest
from tests.package.skops_forging import call_system, forge

DICE = np.random.default_rng(5)
TABLE = pd.DataFrame(DICE.normal(size=(60, 3)), columns=list("abc")).assign(place=["here", "there"] * 30)
NUMBERS = TABLE[list("abc")]
LABELS = np.where(NUMBERS.sum(axis=1) > 0, "yes", "no")
AMOUNTS = NUMBERS.sum(axis=1)
MIXED = ColumnTransformer([("n", StandardScaler(), ["a", "b"]), ("p", OneHotEncoder(), ["place"])])

MODELS = {
    "linear": lambda: LogisticRegression().fit(NUMBERS, LABELS),
    "columns": lambda: make_pipeline(MIXED, LogisticRegression()).fit(TABLE, LABELS),
    "forest": lambda: RandomForestClassifier(3, random_state=0).fit(NUMBERS, LABELS),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=3).fit(NUMBERS, LABELS),
    "gradient": lambda: GradientBoostingRegressor(n_estimators=3).fit(NUMBERS, AMOUNTS),
    "outliers": lambda: IsolationForest(n_estimators=3, max_features=2, random_state=0).fit(NUMBERS),
    "search": lambda: GridSearchCV(Ridge(), {"alpha": [1, 2]}, cv=3).fit(NUMBERS, AMOUNTS),
    "stacking": lambda: StackingRegressor([("r", Ridge())], cv=3).fit(NUMBERS, AMOUNTS),
    "calibrated": lambda: CalibratedClassifierCV(LogisticRegression(), cv=3).fit(NUMBERS, LABELS),
    "special": lambda: make_pipeline(FunctionTransformer(special.expit), Ridge()).fit(NUMBERS, AMOUNTS),
    "texts": lambda: make_pipeline(TfidfVectorizer(), Ridge()).fit(["a word", "words", "no word"], [1, 2, 3]),
}


class OwnModel(BaseEstimator):
    """An estimator of nobody's library."""


@pytest.mark.parametrize("name", MODELS)
def test_skops_file_is_the_same_object(name):
    estimator = load_value(*save_value(MODELS[name]()))
    again = load_trusted(write_skops(estimator), "model.skops")
    assert structural_digest(again) == structural_digest(estimator)


@pytest.mark.parametrize(
    ("estimator", "named"),
    [
        (OwnModel(), "test_formats.OwnModel"),
        (make_pipeline(StandardScaler(), OwnModel()), "test_formats.OwnModel"),
        (KNeighborsClassifier(algorithm="kd_tree").fit(NUMBERS, LABELS), "sklearn.neighbors._kd_tree.KDTree"),
    ],
)
def test_types_that_are_not_listed_are_named(estimator, named):
    with pytest.raises(PackageError, match=named) as refused:
        write_skops(estimator)
    assert "--format pickle" in refused.value.then


def test_model_of_other_types_is_a_pickle_by_itself_and_says_why(census, tmp_path):
    neighbours = save_value(KNeighborsClassifier(algorithm="kd_tree").fit(NUMBERS, LABELS))
    source = Source((), {}, tmp_path)
    formed = form_model(census.cut, neighbours, Form(), source)
    assert (formed.format, formed.content) == neighbours
    assert "sklearn.neighbors._kd_tree.KDTree" in formed.because
    with pytest.raises(PackageError, match="KDTree"):
        form_model(census.cut, neighbours, Form("skops"), source)
    said = replace(keep_pickle(census.cut, census.estimator), because=formed.because)
    place = tmp_path / "dist"
    record = build_package(census.cut, census.estimator, "income", 3, place, formed=said)
    assert record.because == formed.because
    assert json.loads((place / "manifest.json").read_text())["because"] == formed.because
    for name in ("README.md", "MODEL_CARD.md"):
        assert "skops file" in (place / name).read_text()
        assert "KDTree" in (place / name).read_text()


def test_skops_is_imported_alone():
    code = (
        "import sys, nbmlops.package.runtime.trusted as t; t.import_skops(); import sklearn.utils as u; "
        "print([n for n in ('pytest', 'distributed', 'sklearn.gaussian_process') if n in sys.modules], "
        "u.all_estimators.__name__, 'expit' in dir(sys.modules['scipy.special']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] all_estimators True\n"


@pytest.mark.parametrize("name", ["special", "linear", "forest"])
def test_skops_that_was_imported_without_its_lists_reads_the_same(name, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(write_skops(load_value(*save_value(MODELS[name]()))))
    code = (
        "import pathlib, sys, nbmlops.package.runtime.trusted as t, nbmlops.values.structure as s; "
        "value = t.load_trusted(pathlib.Path(sys.argv[1]).read_bytes(), 'model.skops'); "
        "import skops.io._trusted_types as u; "
        "print(s.structural_digest(value), len(u.SCIPY_UFUNC_TYPE_NAMES))"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout == f"{structural_digest(load_trusted(path.read_bytes(), 'model.skops'))} 0\n"


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "scipy.special._ufuncs.errstate",
        "scipy.special._ufuncs.no_such_function",
        "scipy.special._basic.factorial",
        "sklearn.tests.test_base.MyEstimator",
        "sklearn.utils.estimator_checks.DummyEstimator",
        "sklearn.base.BaseEstimatorr",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.linear_model.LogisticRegression",
        "sklearnish.Model",
        "sklearn.pipeline.clone",
    ],
)
def test_only_estimators_of_scikit_learn_are_taken_for_ones(name):
    content = forge(write_skops(LogisticRegression().fit(NUMBERS, LABELS)), rename_to(name))
    assert name_untrusted(content) == [name]


def test_every_estimator_that_skops_lists_is_known():
    names = [f"{kind.__module__}.{kind.__qualname__}" for _, kind in all_estimators()]
    assert len(names) > 150
    assert _leave_out(names) == []


def rename_to(name):
    def rename(schema):
        schema["__module__"], _, schema["__class__"] = name.rpartition(".")

    return rename


def run_partial(schema):
    command = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": '"id"'}
    own = {"__class__": "Popen", "__module__": "subprocess", "__loader__": "ConstructorFromReduceNode"}
    arguments = {
        "__class__": "tuple",
        "__module__": "builtins",
        "__loader__": "TupleNode",
        "content": [command],
    }
    schema["content"]["content"]["C"] = own | {"content": arguments, "__id__": 1}


@pytest.mark.parametrize(("change", "named"), [(call_system, "os.system"), (run_partial, "subprocess.Popen")])
def test_forged_file_is_refused_by_the_list(change, named):
    content = forge(write_skops(LogisticRegression().fit(NUMBERS, LABELS)), change)
    with pytest.raises(DamagedError, match=named):
        load_trusted(content, "model.skops")


def test_file_that_is_none_is_refused():
    with pytest.raises(DamagedError, match=r"'model\.skops' is no skops file"):
        load_trusted(b"no zip", "model.skops")


def astray_tree(forest, column, value):
    tree = forest.estimators_[1].tree_
    state = tree.__getstate__()
    state["nodes"][column][0] = value
    tree.__setstate__(state)


@pytest.mark.parametrize(
    ("column", "value"), [("left_child", 10**6), ("right_child", 0), ("left_child", -2), ("feature", 3)]
)
def test_tree_that_leads_elsewhere_is_refused(column, value):
    forest = RandomForestClassifier(3, random_state=0).fit(NUMBERS, LABELS)
    assert find_astray(make_pipeline(forest)) is None
    astray_tree(forest, column, value)
    content = skops.io.dumps(make_pipeline(forest))
    with pytest.raises(DamagedError, match="lead nowhere"):
        load_trusted(content, "model.skops")


def test_tree_of_a_wider_forest_is_refused():
    forest = RandomForestClassifier(2, random_state=0).fit(NUMBERS, LABELS)
    wider = RandomForestClassifier(2, random_state=0).fit(np.c_[NUMBERS * 0, NUMBERS], LABELS)
    forest.estimators_[1] = wider.estimators_[1]
    assert find_astray(forest) is not None
    assert find_astray(wider) is None
    both = [wider, forest]
    assert find_astray(both) is not None
    assert find_astray(both[::-1]) is not None


@pytest.mark.parametrize(("column", "value"), [("left", 10**6), ("feature_idx", 3), ("right", 0)])
def test_boosted_tree_that_leads_elsewhere_is_refused(column, value):
    model = HistGradientBoostingClassifier(max_iter=2).fit(NUMBERS, LABELS)
    model._predictors[1][0].nodes[column][0] = value
    with pytest.raises(DamagedError, match="lead nowhere"):
        load_trusted(skops.io.dumps(model), "model.skops")


LEARNED = {
    "numbers": [
        1,
        -0.0,
        float("nan"),
        float("inf"),
        True,
        None,
        "text",
        b"bytes",
        (1, [2]),
        {3},
        frozenset("a"),
    ],
    "keys": {1: "int", "1": "text", (1, "a"): 2.5, True and 2: np.float32(1.5)},
    "arrays": [np.arange(6).reshape(2, 3), np.asfortranarray(np.ones((2, 3))), np.array(["a", None], object)],
    "times": [
        np.array(["2020-01-01"], "datetime64[ns]"),
        pd.Timestamp("2020-01-01 10:00"),
        pd.Timedelta("1h"),
    ],
    "series": pd.Series([1.5, np.nan], index=["a", "b"], name="x"),
    "texts": pd.Series(["a", None], dtype="str"),
    "factors": pd.Series(pd.Categorical(["a", "b", None], ["b", "a"], ordered=True)),
    "whole": pd.Series([1, None], dtype="Int64"),
    "flags": pd.Series([True, None], dtype="boolean"),
    "frame": TABLE,
    "grouped": TABLE.groupby(["place", TABLE["a"] > 0])["b"].mean(),
    "empty": pd.DataFrame({"a": pd.Series(dtype="float32")}),
    "dtypes": [np.dtype("float32"), pd.CategoricalDtype(["a", "b"]), pd.Int8Dtype(), pd.StringDtype()],
    "index": pd.Index(["a", "b"], name="x"),
    "scaler": StandardScaler().fit(NUMBERS),
}


@pytest.mark.parametrize("name", LEARNED)
def test_learned_values_are_the_same_without_a_pickle(name):
    value = load_value(*save_value(LEARNED[name]))
    again = read_plain(json.loads(json.dumps(write_plain(value))))
    assert structural_digest(again) == structural_digest(value)


@pytest.mark.parametrize("value", [OwnModel(), {"a": OwnModel()}, pd.Series(pd.interval_range(0, 3))])
def test_learned_values_that_need_a_pickle_are_refused(value):
    with pytest.raises(PackageError, match="has learned"):
        write_plain(value)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (Form("joblib"), "no format 'joblib'"),
        (Form("skops", 1e-5), "nothing is to be tolerated"),
        (Form("pickle", None, 3), "nothing is to be tolerated"),
        (Form("onnx"), "no `--tolerance`"),
        (Form("onnx", 0.0), "`--tolerance 0`"),
        (Form("onnx", float("nan")), "`--tolerance nan`"),
        (Form("onnx", 1e-5, -1), "`--allow-flips -1`"),
    ],
)
def test_formats_that_have_no_meaning_are_refused(form, said):
    with pytest.raises(UsageError, match=said):
        require_form(form)


@pytest.mark.skipif(find_spec("skl2onnx") is not None, reason="skl2onnx is installed here")
def test_what_onnx_needs_is_named_with_the_command_that_installs_it():
    with pytest.raises(PackageError, match="made with skl2onnx") as refused:
        require_form(Form("onnx", 1e-5))
    assert "pip install 'nbmlops[onnx]'" in refused.value.then


def test_gap_counts_labels_and_measures_numbers():
    gap = measure_gap([(("a", [0.25, 0.75]), ("b", [0.5, 0.5])), (("a", None), ("a", None))], True)
    assert (gap.difference, gap.flips, gap.count) == (0.25, 1, 2)
    assert measure_gap([((1.0, None), (1.5, None))], False).difference == 0.5
    assert measure_gap([(([1.0, 2.0], None), ([1.0, 2.5], None))], False).difference == 0.5


@pytest.mark.parametrize("got", [None, float("nan"), [1.0, 2.0], float("inf")])
def test_gap_to_what_is_no_such_number_has_no_end(got):
    assert measure_gap([((got, None), ([1.0], None))], False).difference == float("inf")
    assert measure_gap([((1.0, got), (1.0, [1.0]))], False).difference == float("inf")


def test_promise_of_a_near_model_is_never_identity():
    close = Close(1e-5, 3.25e-7, True, 2, 1, 1000, 20)
    said = Formed("onnx", b"", None, {}, close).promise
    assert said == (
        "within 1e-05 of the notebook's (measured: 3.3e-07 at most, 2 of 1020 labels differ, "
        "on 1000 captured and 20 made-up rows)"
    )
    manifest = {"tolerance": 1e-5, "labels": True, "made_differing": 1}
    assert allows_gap(manifest, [(("a", [0.5]), ("b", [0.5])), (("a", [0.5]), ("a", [0.5]))])
    assert not allows_gap(manifest, [(("a", [0.5]), ("b", [0.5])), (("b", [0.5]), ("a", [0.5]))])
    assert not allows_gap(manifest, [(("a", [0.5]), ("a", [0.6]))])
