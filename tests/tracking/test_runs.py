"""Runs are found by lineage: no call marks where one begins or ends."""

from __future__ import annotations

import dataclasses

import pytest

from nbmlops.capture.secrecy import Secrecy
from nbmlops.store.records import write_record
from nbmlops.tracking.finding import find_run_behind, find_runs
from tests.capture.recorded_shell import record_cells

IMPORTS = (
    "import numpy as np\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.metrics import accuracy_score, log_loss\n"
    "X = np.arange(40.0).reshape(20, 2)\ny = np.array([0, 1] * 10)"
)


def runs_of(*cells, folder="/"):
    history, _, _ = record_cells([IMPORTS, *cells], folder)
    return find_runs((history,))


def metrics_of(run):
    return {m.name: m.function for m in run.metrics}


def test_a_fit_is_a_run_with_its_parameters_and_metrics():
    (run,) = runs_of(
        "strength = 0.5",
        "model = LogisticRegression(C=strength, max_iter=30)\nmodel.fit(X, y)",
        "junk = 3",
        "guess = model.predict(X)",
        "acc = accuracy_score(y, guess)\nloss = log_loss(y, model.predict_proba(X))",
    )
    assert (run.model_name, run.model_type, run.status) == ("model", "LogisticRegression", "finished")
    assert dict(run.parameters) == {"strength": 0.5, "C": 0.5, "max_iter": 30}
    assert metrics_of(run) == {"acc": "accuracy_score", "loss": "log_loss"}
    assert all(m.value >= 0 for m in run.metrics)


def test_a_cell_run_again_with_another_value_is_another_run():
    late, early = runs_of(
        "c = 1.0",
        "model = LogisticRegression(C=c).fit(X, y)\nacc = accuracy_score(y, model.predict(X))",
        "c = 2.0",
        "model = LogisticRegression(C=c).fit(X, y)\nacc = accuracy_score(y, model.predict(X))",
    )
    assert {dict(late.parameters)["c"], dict(early.parameters)["c"]} == {1.0, 2.0}
    assert len(late.metrics) == len(early.metrics) == 1


def test_the_same_again_is_the_same_run():
    cell = "model = LogisticRegression(C=2.0).fit(X, y)"
    (run,) = runs_of(cell, cell)
    assert run.occurrences == 2


def test_a_metric_belongs_to_the_model_that_it_was_computed_from():
    found = runs_of(
        "first = LogisticRegression(C=1.0).fit(X, y)",
        "second = LogisticRegression(C=9.0).fit(X, y)",
        "acc_first = first.score(X, y)",
        "acc_second = accuracy_score(y, second.predict(X))",
    )
    assert {r.model_name: list(metrics_of(r)) for r in found} == {
        "first": ["acc_first"],
        "second": ["acc_second"],
    }


def test_a_fit_that_raised_is_a_failed_run():
    failed, finished = runs_of("model = LogisticRegression()\nmodel.fit(X, y)", "model.fit(X, 'no')")
    assert (failed.status, finished.status) == ("failed", "finished")
    assert failed.model_type == "LogisticRegression"


def test_an_unseeded_draw_makes_another_run():
    found = runs_of(
        "model = LogisticRegression().fit(X + np.random.rand(20, 2), y)",
        "model = LogisticRegression().fit(X + np.random.rand(20, 2), y)",
    )
    assert len(found) == 2


def test_data_is_named_by_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3,4\n5,6\n7,9\n")
    (run,) = runs_of(
        "import pandas as pd\ndf = pd.read_csv('x.csv')",
        "from sklearn.linear_model import LinearRegression\nm = LinearRegression().fit(df[['a']], df['b'])",
        folder=tmp_path,
    )
    assert [(d.name, d.rows, d.columns) for d in run.data] == [("x.csv", 4, 2), ("df", 4, 2)]


def test_histories_are_counted_together():
    history, _, _ = record_cells([IMPORTS, "model = LogisticRegression(C=3.0).fit(X, y)"])
    other = dataclasses.replace(history, id="other")
    (run,) = find_runs((history, other))
    assert run.occurrences == 2


@pytest.mark.parametrize(
    "cell",
    [
        "scaled = StandardScaler().fit_transform(X)",
        "scaler = StandardScaler().fit(X)\npipe = make_pipeline(scaler, LogisticRegression()).fit(X, y)",
        "model = LogisticRegression()\nalias = model\nalias.fit(X, y)",
        "def train():\n    global model\n    model = LogisticRegression().fit(X, y)\ntrain()",
        "models = {c: LogisticRegression(C=c).fit(X, y) for c in (1, 2)}",
    ],
)
def test_other_ways_to_fit_break_nothing(cell):
    prepare = "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler"
    for run in runs_of(prepare, cell):
        assert run.id
        assert run.model_type


def test_a_person_can_name_the_experiment_and_what_counts_in_it():
    (run,) = runs_of(
        "depth = len(X) // 10",
        "%%experiment 'deep <b>\"é' --parameter depth --metric seconds acc --note tried on a whim\n"
        "model = LogisticRegression(C=2.0).fit(X, y)\nseconds = 0.25\nacc = model.score(X, y)",
    )
    assert (run.experiment, run.note) == ('deep <b>"é', "tried on a whim")
    assert dict(run.parameters) == {"C": 2.0, "depth": 2}
    assert {m.name: m.value for m in run.metrics} == {"acc": run.metrics[-1].value, "seconds": 0.25}


def test_a_secret_that_a_model_holds_is_in_no_record():
    history, _, space = record_cells(
        [
            "from sklearn.base import BaseEstimator\nimport random",
            "class Client(BaseEstimator):\n    def __init__(self, api_key=None):\n"
            "        self.api_key = api_key\n"
            "    def fit(self, X):\n        self.n_ = len(X)\n        return self",
            "letters = 'abcdefghijklmnopqrABCDEFGHIJ0123456789'\n"
            "key = 'sk-' + ''.join(random.choices(letters, k=40))",
            "client = Client(api_key=key).fit([1, 2])",
        ]
    )
    secrecy = Secrecy()
    screened = [secrecy.screen(execution, {})[0] for execution in history.executions]
    written = "".join(write_record(one) for one in screened)
    assert "api_key" in written
    assert space["key"] not in written


def test_the_run_behind_a_name_that_was_not_fitted_itself():
    history, _, _ = record_cells(
        [
            IMPORTS,
            "models = {c: LogisticRegression(C=c).fit(X, y) for c in (1.0, 2.0)}",
            "best = models[2.0]",
            "other = 3",
        ]
    )
    found = find_run_behind(history, "best")
    assert found is not None
    assert found.model_name == "models[2.0]"
    assert find_run_behind(history, "other") is None


def test_the_run_behind_the_best_model_of_a_search_is_that_of_the_search():
    history, _, _ = record_cells(
        [
            IMPORTS,
            "from sklearn.model_selection import GridSearchCV\nfrom sklearn.svm import SVC",
            "grid = GridSearchCV(SVC(), {'C': [0.1, 9.0]}, cv=2).fit(X, y)\nacc = grid.score(X, y)",
            "best = grid.best_estimator_",
            "own = SVC(**grid.best_params_).fit(X, y)",
            "again = GridSearchCV(LogisticRegression(), {'C': [0.1, 9.0]}, cv=2).fit(X, y)",
            "good = again.best_estimator_",
        ]
    )
    found = find_run_behind(history, "best")
    assert (found.model_name, [m.name for m in found.metrics]) == ("grid", ["acc"])
    assert find_run_behind(history, "own").model_name == "own"
    assert find_run_behind(history, "good").model_name == "again"
