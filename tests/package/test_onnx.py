"""A model in ONNX: how near it came is measured, too far is refused, and it is never called identical."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from nbmlops.errors import PackageError
from nbmlops.package.build import build_package, serve_package
from nbmlops.package.cutting.converting import Asked, convert_table
from nbmlops.package.cutting.golden import answer_features
from nbmlops.package.forming import Source, form_model
from nbmlops.package.rowcut import Form, Golden
from nbmlops.package.runtime.fast import draw_thresholds
from nbmlops.package.runtime.graph import load_graph

pytest.importorskip("skl2onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

DICE = np.random.default_rng(5)
TABLE = pd.DataFrame(DICE.normal(size=(2000, 4)), columns=list("abcd")).assign(
    place=["here", "there", "no where", "away"] * 500,
    count=DICE.integers(0, 9, 2000),
    flag=[True, False] * 1000,
)
NUMBERS = TABLE[list("abcd")]
AMOUNTS = NUMBERS.sum(axis=1)
LABELS = np.where(AMOUNTS + DICE.normal(size=2000) > 0, "yes", "no")
MIXED = ColumnTransformer(
    [("n", StandardScaler(), ["a", "b"]), ("p", OneHotEncoder(handle_unknown="ignore"), ["place"])]
)

MODELS = {
    "linear": (LinearRegression(), NUMBERS, AMOUNTS),
    "classes": (LogisticRegression(), NUMBERS, LABELS),
    "truths": (LogisticRegression(), NUMBERS, LABELS == "yes"),
    "counts": (LogisticRegression(), NUMBERS.assign(count=TABLE["count"], flag=TABLE["flag"]), LABELS),
    "outputs": (Ridge(), NUMBERS, np.c_[AMOUNTS, -AMOUNTS]),
    "columns": (make_pipeline(MIXED, LogisticRegression()), TABLE, LABELS),
    "forest": (RandomForestClassifier(21, random_state=0), NUMBERS, LABELS),
    "boosting": (GradientBoostingRegressor(n_estimators=20, random_state=0), NUMBERS, AMOUNTS),
    "vectors": (SVC(), NUMBERS, LABELS),
    "clusters": (KMeans(3, n_init=1, random_state=0), NUMBERS, None),
    "array": (LogisticRegression(), NUMBERS.to_numpy(), LABELS),
}


class OwnModel(ClassifierMixin, BaseEstimator):
    """A classifier of nobody's library."""

    def fit(self, table, labels):
        self.classes_ = np.unique(labels)
        return self

    def predict(self, table):
        return np.repeat(self.classes_[:1], len(table))


def ask(estimator, table) -> Asked:
    first = table[:1]
    ((prediction, shares),) = answer_features(estimator, first)
    return Asked(table, (first,), (Golden({}, prediction, shares),))


@pytest.mark.parametrize("name", MODELS)
def test_graph_answers_nearly_as_the_estimator(name):
    estimator, table, labels = MODELS[name]
    estimator.fit(table, labels)
    content, graph, close = convert_table(estimator, ask(estimator, table), Form("onnx", 1e-5, 2))
    assert close.difference <= 1e-5
    assert close.labels is (name not in ("linear", "outputs", "boosting"))
    assert (close.rows, close.made) == (2000, 1)
    model = load_graph(content, json.loads(json.dumps(graph)))
    made, wanted = model.predict(table), estimator.predict(table)
    assert made.shape == wanted.shape
    if close.labels:
        assert int((made != wanted).sum()) == close.differing
        assert {type(each) for each in made.tolist()} == {type(each) for each in wanted.tolist()}
    assert hasattr(model, "predict_proba") is hasattr(estimator, "predict_proba")


def test_forest_is_asked_at_its_own_borders():
    forest = RandomForestClassifier(20, random_state=0).fit(NUMBERS, LABELS)
    columns = draw_thresholds(forest)
    made = np.array([[DICE.choice(column) for column in columns] for _ in range(3000)])
    around = made * (1 + DICE.choice([-1e-8, 0.0, 1e-8], made.shape))
    borders = pd.DataFrame(around, columns=NUMBERS.columns)
    _, graph, close = convert_table(forest, ask(forest, borders), Form("onnx", 1e-6, 300))
    assert graph["columns"][0] == ["", "rounded"]
    assert close.difference <= 1e-6


def test_numbers_that_are_further_off_are_refused_with_both_figures():
    estimator = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(NUMBERS, AMOUNTS)
    with pytest.raises(PackageError, match=r"off at most, where 1e-15 was allowed") as refused:
        convert_table(estimator, ask(estimator, NUMBERS), Form("onnx", 1e-15))
    advised = float(refused.value.then.partition("`--tolerance ")[2].partition("`")[0])
    assert convert_table(estimator, ask(estimator, NUMBERS), Form("onnx", advised))[2].difference <= advised


@pytest.fixture(scope="module")
def flipping():
    """A classifier without shares, and rows on its very border: half the digits change its mind."""
    table = pd.DataFrame({"a": np.repeat(np.arange(200) / 7, 5) + np.tile(np.arange(5) * 1e-9, 200)})
    estimator = SVC(kernel="linear").fit(table, np.arange(1000) > 500)
    borders = pd.DataFrame(
        {"a": -estimator.intercept_[0] / estimator.coef_[0][0] + np.arange(-500, 500) * 1e-9}
    )
    return estimator, borders


def test_labels_that_differ_are_refused_unless_that_many_are_allowed(flipping):
    estimator, borders = flipping
    with pytest.raises(PackageError, match="labels differ, where 0 were allowed") as refused:
        convert_table(estimator, ask(estimator, borders), Form("onnx", 0.5))
    allowed = int(refused.value.then.partition("`--allow-flips ")[2].partition("`")[0])
    assert 0 < allowed < 1000
    assert (
        convert_table(estimator, ask(estimator, borders), Form("onnx", 0.5, allowed))[2].differing == allowed
    )
    with pytest.raises(PackageError, match=f"{allowed} of 1001 labels differ"):
        convert_table(estimator, ask(estimator, borders), Form("onnx", 0.5, allowed - 1))


def test_model_that_has_no_graph_is_refused():
    estimator = OwnModel().fit(NUMBERS, LABELS)
    with pytest.raises(PackageError, match="'OwnModel', cannot be made a graph in ONNX") as refused:
        convert_table(estimator, ask(estimator, NUMBERS), Form("onnx", 1e-5))
    assert "--format pickle" in refused.value.then


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("place", None, "a text is missing"),
        ("place", float("nan"), "a text is missing"),
        ("a", 1e300, "too large"),
    ],
)
def test_graph_is_sent_nothing_that_it_would_take_for_something_else(column, value, said):
    columns = [["place", "string"], ["a", "float"]]
    estimator = make_pipeline(
        ColumnTransformer([("p", OneHotEncoder(), ["place"]), ("a", "passthrough", ["a"])]),
        LogisticRegression(),
    ).fit(TABLE[["place", "a"]], LABELS)
    content, graph, _ = convert_table(estimator, ask(estimator, TABLE[["place", "a"]]), Form("onnx", 1e-4, 9))
    row = TABLE[["place", "a"]][:1].astype({"place": object})
    row[column] = [value]
    with pytest.raises(ValueError, match=said):
        load_graph(content, graph | {"kind": "columns", "columns": columns}).predict(row)


@pytest.fixture(scope="module")
def near(census, tmp_path_factory):
    """The census forest as a package in ONNX."""
    home = tmp_path_factory.mktemp("near")
    source = Source(tuple(census.pieces), census.parameters, home)
    formed = form_model(census.cut, census.estimator, Form("onnx", 1e-5, 5), source)
    place, targets = home / "dist", ["docker", "github"]
    build_package(census.cut, census.estimator, "income", 3, place, targets, formed=formed)
    return place, formed


@pytest.mark.slow
def test_package_says_everywhere_that_it_is_near(near):
    place, formed = near
    assert formed.close.rows > 30_000 and formed.close.made == 20
    for name in ("manifest.json", "income_model/manifest.json"):
        manifest = json.loads((place / name).read_text())
        assert manifest["promise"] == formed.promise
        assert (manifest["format"], manifest["pickles"]) == ("onnx", [])
    for name in ("README.md", "MODEL_CARD.md"):
        text = (place / name).read_text()
        assert formed.promise in text
        assert "identical" not in text
    assert not list(place.rglob("*.pkl"))
    needed = (place / "pyproject.toml").read_text()
    assert "onnxruntime==" in needed and "scikit-learn" not in needed and "skl2onnx" not in needed


@pytest.mark.slow
@pytest.mark.parametrize("command", [["-m", "pytest", "-q", "-p", "no:cacheprovider"], ["prove_service.py"]])
def test_own_checks_of_a_near_package_pass(near, command):
    own = os.environ | {"PYTHONPATH": str(near[0]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command], check=False, cwd=near[0], env=own, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical" not in done.stdout


@pytest.mark.slow
def test_own_checks_notice_answers_that_are_further_off(near, tmp_path):
    place = tmp_path / "dist"
    shutil.copytree(near[0], place)
    golden = json.loads((place / "tests" / "golden.json").read_text())
    case = next(case for case in golden if case["dropped"] is None)
    case["probabilities"][0] += 1e-4
    case["together"] = "neither"
    (place / "tests" / "golden.json").write_text(json.dumps(golden))
    own = os.environ | {"PYTHONPATH": str(place)}
    for command, said in (
        (["-m", "pytest", "-q"], "test_golden_rows_are_answered_as_near"),
        (["prove_service.py"], "all at once are answered further off"),
    ):
        done = subprocess.run(
            [sys.executable, *command], check=False, cwd=place, env=own, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert said in done.stdout


@pytest.mark.slow
def test_service_says_how_near_its_answers_are(near, census):
    place, formed = near
    with serve_package(place) as server:
        with urllib.request.urlopen(f"{server.url}/version") as response:
            told = json.load(response)
        row = next(case.row for case in census.cut.golden if case.dropped is None)
        request = urllib.request.Request(f"{server.url}/predict_proba", json.dumps(row).encode())
        with urllib.request.urlopen(request) as response:
            assert len(json.load(response)["probabilities"]) == 1
    assert (told["format"], told["answers"]) == ("onnx", formed.promise)


@pytest.mark.slow
def test_batch_and_service_answer_by_the_graph(near, census, tmp_path):
    place, formed = near
    rows = pd.read_csv(census.parameters["adult"]).dropna(
        subset=["native_country", "workclass", "occupation"]
    )[:50]
    rows.to_json(tmp_path / "rows.jsonl", orient="records", lines=True)
    wanted = tmp_path / "answers.jsonl"
    code = [sys.executable, "-m", "income_model", "score", str(tmp_path / "rows.jsonl"), str(wanted)]
    subprocess.run(code, check=True, cwd=place, capture_output=True)
    answers = [json.loads(line) for line in wanted.read_text().splitlines()]
    features = census.namespace["X"].loc[rows.index]
    shares = census.namespace["model"].predict_proba(features)
    assert [a["prediction"] for a in answers] == census.namespace["model"].predict(features).tolist()
    off = np.abs(np.array([list(a["probabilities"].values()) for a in answers]) - shares).max()
    assert 0 < off <= formed.close.tolerance
