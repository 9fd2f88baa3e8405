"""Models of other libraries are found as scikit-learn's are, where these libraries are installed."""

from __future__ import annotations

import pytest

from nbmlops.tracking.finding import find_runs
from tests.capture.recorded_shell import record_cells

DATA = (
    "import numpy as np, pandas as pd\nrng = np.random.default_rng(0)\n"
    "X = pd.DataFrame(rng.normal(size=(200, 4)), columns=list('abcd'))\ny = (X.a + X.b > 0).astype(int)"
)
TABLES = [("X", 200, 4), ("y", 200, None)]


def run_of(*cells):
    history, _, _ = record_cells([DATA, *cells])
    assert [s.error for s in history.statements() if s.error] == []
    return [run for run in find_runs((history,)) if run.parent is None], find_runs((history,))


@pytest.mark.parametrize(
    ("library", "cells", "name", "parameters", "metrics"),
    [
        (
            "xgboost",
            [
                "import xgboost as xgb\nclf = xgb.XGBClassifier(n_estimators=5)",
                "clf.fit(X, y)\nclf.score(X, y)",
            ],
            "clf",
            {"n_estimators": 5},
            {"score"},
        ),
        (
            "xgboost",
            [
                "import xgboost as xgb\nd = xgb.DMatrix(X, label=y)\nsettings = {'max_depth': 2}\n"
                "bst = xgb.train(settings, d, num_boost_round=3)",
                "hits = float(((bst.predict(d) > 0.5) == y).mean())",
            ],
            "bst",
            {"max_depth": 2, "num_boost_round": 3},
            {"hits"},
        ),
        (
            "lightgbm",
            [
                "import lightgbm\nl = lightgbm.LGBMClassifier(n_estimators=5).fit(X, y)",
                "print('hits', l.score(X, y))",
            ],
            "l",
            {"n_estimators": 5},
            {"hits"},
        ),
        (
            "statsmodels",
            ["import statsmodels.api as sm\nres = sm.OLS(y, X).fit()", "fit_of_it = res.rsquared"],
            "res",
            {},
            {"fit_of_it"},
        ),
        (
            "catboost",
            [
                "from catboost import CatBoostClassifier\n"
                "c = CatBoostClassifier(iterations=5, verbose=False, allow_writing_files=False)\nc.fit(X, y)",
                "acc = c.score(X, y)",
            ],
            "c",
            {"iterations": 5, "verbose": False, "allow_writing_files": False},
            {"acc"},
        ),
    ],
)
def test_a_model_of_another_library(library, cells, name, parameters, metrics):
    pytest.importorskip(library)
    (run,), _ = run_of(*cells)
    assert (run.model_name, dict(run.parameters), {m.name for m in run.metrics}) == (
        name,
        parameters,
        metrics,
    )


def test_what_a_study_tried_are_children_of_its_run():
    pytest.importorskip("optuna")
    (run,), every = run_of(
        "import optuna\noptuna.logging.set_verbosity(optuna.logging.WARNING)\n"
        "from sklearn.linear_model import LogisticRegression",
        "def objective(trial):\n    c = trial.suggest_float('C', 0.1, 10)\n"
        "    return LogisticRegression(C=c).fit(X, y).score(X, y)",
        "study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))\n"
        "study.optimize(objective, n_trials=3)",
        "best = study.best_value",
    )
    assert (run.model_type, {m.name for m in run.metrics}) == ("Study", {"best"})
    children = [one for one in every if one.parent == run.id]
    assert [[name for name, _ in child.parameters] for child in children] == [["C"]] * 3


@pytest.mark.parametrize(
    "made", ["nn.Sequential(nn.Linear(4, 1))", "nn.Linear(4, 1)", "nn.Sequential(layer := nn.Linear(4, 1))"]
)
def test_a_network_that_a_loop_trains(made):
    pytest.importorskip("torch")
    (run,), _ = run_of(
        "import torch\nfrom torch import nn\ntorch.manual_seed(0)\n"
        "A, b = torch.tensor(X.values).float(), torch.tensor(y.values).float()[:, None]",
        f"rate = 0.05\nepochs = 5\nnet = {made}\nopt = torch.optim.SGD(net.parameters(), lr=rate)",
        "losses = []\nfor epoch in range(epochs):\n    opt.zero_grad()\n"
        "    loss = nn.functional.binary_cross_entropy_with_logits(net(A), b)\n    loss.backward()\n"
        "    opt.step()\n    losses.append(loss.item())",
        "acc = ((net(A) > 0).float() == b).float().mean().item()",
    )
    assert (run.model_name, dict(run.parameters)) == ("net", {"rate": 0.05, "epochs": 5})
    assert {m.name: len(m.points) for m in run.metrics} == {"losses": 5, "acc": 0}


def test_a_network_that_keras_trains():
    pytest.importorskip("keras")
    (run,), _ = run_of(
        "import keras\nkeras.utils.set_random_seed(0)\n"
        "net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation='sigmoid')])\n"
        "net.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])",
        "history = net.fit(X, y, epochs=3, batch_size=20, verbose=0)",
        "loss, acc = net.evaluate(X, y, verbose=0)",
    )
    told = {"optimizer": "adam", "loss": "binary_crossentropy", "epochs": 3, "batch_size": 20}
    assert (run.model_type, dict(run.parameters)) == ("Sequential", told)
    points = {m.name: len(m.points) for m in run.metrics}
    assert points == {"training_accuracy": 3, "training_loss": 3, "evaluate": 2, "loss": 0, "acc": 0}
