"""Models that functions of the notebook fit: given back, gathered, or thrown away for a score."""

from __future__ import annotations

import pytest

from nbmlops.tracking.finding import find_runs
from tests.capture.recorded_shell import record_cells

IMPORTS = (
    "import time\nimport numpy as np\nfrom sklearn.datasets import load_iris\n"
    "from sklearn.linear_model import LogisticRegression, Ridge\nfrom sklearn.svm import SVC\n"
    "from sklearn.metrics import accuracy_score, classification_report\n"
    "from sklearn.model_selection import cross_val_score, cross_validate\nX, y = load_iris(return_X_y=True)"
)


def runs_of(*cells):
    history, _, space = record_cells([IMPORTS, *cells])
    assert [s.error for s in history.statements() if s.error] == []
    return sorted(find_runs((history,)), key=lambda run: run.started), space


def numbers_of(run):
    return {m.name: m.value for m in run.metrics}


def test_a_function_that_gives_its_score_alone_is_a_run_of_its_code():
    runs, space = runs_of(
        "def judge(C, folds=3):\n    model = SVC(C=C, kernel='linear')\n"
        "    return cross_val_score(model, X, y, cv=folds).mean()",
        "weak = judge(0.01)",
        "strong = judge(C=1.0, folds=4)",
    )
    told = [(r.model_type, dict(r.parameters), numbers_of(r)) for r in runs]
    assert told == [
        ("SVC", {"kernel": "linear", "C": 0.01}, {"weak": space["weak"]}),
        ("SVC", {"kernel": "linear", "C": 1.0, "folds": 4}, {"strong": space["strong"]}),
    ]


def test_a_function_that_trains_whatever_it_is_given_is_called_by_its_name():
    runs, space = runs_of(
        "def judge(model):\n    return model.fit(X, y).score(X, y)",
        "scores = [judge(m) for m in (SVC(), LogisticRegression(max_iter=500))]",
        "width = len('abc') * 1.5",
    )
    assert [(r.model_type, r.metrics[0].points) for r in runs] == [("judge()", tuple(space["scores"]))]


@pytest.mark.parametrize("name", ["build", "fit", "train_model", "best_of"])
def test_a_model_that_a_function_gives_is_a_run_whatever_the_function_is_called(name):
    runs, _ = runs_of(
        f"def {name}(c):\n    made = LogisticRegression(C=c)\n    made.fit(X, y)\n    return made",
        f"best = {name}(0.5)",
        "acc = best.score(X, y)",
    )
    (run,) = runs
    assert (run.model_name, run.model_type, [*numbers_of(run)]) == ("best", "LogisticRegression", ["acc"])
    assert dict(run.parameters)["C"] == 0.5


def test_models_of_a_function_that_a_dict_gathers_are_runs_with_their_own_scores():
    runs, space = runs_of(
        "def build(c):\n    return LogisticRegression(C=c, max_iter=500).fit(X, y)",
        "models = {c: build(c) for c in [0.001, 0.3]}",
        "acc = {c: model.score(X, y) for c, model in models.items()}",
    )
    assert sorted((run.model_name, dict(run.parameters)["C"]) for run in runs) == [
        ("models[0.001]", 0.001),
        ("models[0.3]", 0.3),
    ]
    for run in runs:
        assert numbers_of(run) == {"acc": space["acc"][dict(run.parameters)["C"]]}


@pytest.mark.parametrize(
    "turn",
    [
        "scores[c] = evaluate(c)",
        "scores[c] = evaluate(c=c)",
        "print(c, evaluate(c))",
        "score = evaluate(c)\n    print(score)",
    ],
)
def test_each_turn_of_a_loop_over_a_function_that_gives_its_score_is_a_run(turn):
    runs, _ = runs_of(
        "def evaluate(c, kind='svd'):\n    model = Ridge(alpha=c, solver=kind).fit(X, y)\n"
        "    return model.score(X, y) + c",
        f"scores = {{}}\nfor c in [0.1, 1.0, 10.0]:\n    {turn}",
    )
    assert sorted(dict(run.parameters)["c"] for run in runs) == [0.1, 1.0, 10.0]
    for run in runs:
        (metric,) = run.metrics
        assert 0 <= metric.value - dict(run.parameters)["c"] <= 1
        assert metric.points == ()


def test_turns_that_give_a_function_nothing_of_theirs_are_one_run():
    runs, _ = runs_of(
        "def evaluate(c):\n    return Ridge(alpha=c).fit(X, y).score(X, y)",
        "scores = []\nfor _ in range(3):\n    scores.append(evaluate(2.0))",
    )
    (run,) = runs
    assert dict(run.parameters)["c"] == 2.0
    assert len(run.metrics[0].points) == 3


def test_turns_of_two_loops_are_told_apart_and_what_is_left_is_the_last_ones():
    runs, space = runs_of(
        "def judge(c, width=4):\n    model = Ridge(alpha=c).fit(X[:, :width], y)\n"
        "    return model.score(X[:, :width], y)",
        "found = {}\nfor c in (1.0, 2.0):\n    for wide in (1, 2):\n"
        "        found[c, wide] = judge(c, width=wide)\n"
        "worst = min(found.values())",
    )
    told = [({k: dict(r.parameters)[k] for k in ("c", "width")}, numbers_of(r)) for r in runs]
    assert told == [
        ({"c": c, "width": wide}, {"found": space["found"][c, wide]}) for c in (1.0, 2.0) for wide in (1, 2)
    ]


def test_thousands_of_turns_are_all_runs():
    runs, _ = runs_of(
        "from sklearn.dummy import DummyClassifier\n"
        "def judge(seed):\n    return DummyClassifier(random_state=seed).fit(X, y).score(X, y)",
        "scores = []\nfor seed in range(1500):\n    scores.append(judge(seed))",
    )
    assert sorted(dict(run.parameters)["seed"] for run in runs) == list(range(1500))
    assert {tuple(numbers_of(run)) for run in runs} == {("judge",)}


def test_a_function_of_the_same_cell_and_one_that_trains_nothing():
    runs, space = runs_of(
        "def judge(c):\n    return Ridge(alpha=c).fit(X, y).score(X, y)\n"
        "def square(c):\n    return c * 1.5\n"
        "kept, others = [], []\nfor c in (1.0, 2.0):\n    kept.append(judge(c))\n    others.append(square(c))"
    )
    told = [(dict(r.parameters)["c"], numbers_of(r)) for r in runs]
    assert told == [(1.0, {"judge": space["kept"][0]}), (2.0, {"judge": space["kept"][1]})]
