"""Whose a number is: in loops, of models that are fitted again, and of what only stands beside a fit."""

from __future__ import annotations

import pytest

from nbmlops.faces.show_runs import show_comparison, show_detail
from nbmlops.faces.text import render_text
from nbmlops.lifecycle.comparing import compare_details, describe_run
from nbmlops.tracking.finding import find_run_behind, find_runs
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


def test_scores_after_several_fits_in_one_loop_go_to_the_model_that_each_is_of():
    runs, _ = runs_of(
        "for C in (0.01, 1.0):\n    one = LogisticRegression(C=C, max_iter=500).fit(X, y)\n"
        "    other = SVC(C=C).fit(X, y)\n    print(one.score(X, y))\n"
        "    print(accuracy_score(y, other.predict(X)))"
    )
    told = [(r.model_type, [m.function for m in r.metrics]) for r in runs]
    assert told == [("LogisticRegression", ["score"]), ("SVC", ["accuracy_score"])] * 2


def test_each_turn_of_a_loop_keeps_its_own_score():
    runs, space = runs_of(
        "models = {C: SVC(C=C) for C in (0.001, 1.0)}\n"
        "for C, model in models.items():\n    model.fit(X, y)\n    score = model.score(X, y)\n"
        "    acc = np.mean(model.predict(X) == y)"
    )
    values = [numbers_of(r) for r in runs]
    expected = [model.score(space["X"], space["y"]) for model in space["models"].values()]
    assert values == [{"score": one, "acc": one} for one in expected]
    assert expected[0] != expected[1]


def test_a_model_that_a_loop_fits_again_is_as_many_runs():
    runs, _ = runs_of(
        "model = SVC(C=0.5)\nfor columns in (1, 2, 4):\n    model.fit(X[:, :columns], y)\n"
        "    score = model.score(X[:, :columns], y)"
    )
    assert [(r.model_name, [*numbers_of(r)]) for r in runs] == [("model", ["score"])] * 3
    assert len({numbers_of(r)["score"] for r in runs}) == 3


def test_what_is_trained_in_parts_is_one_run():
    runs, _ = runs_of(
        "from sklearn.linear_model import SGDClassifier\nmodel = SGDClassifier(random_state=0)\n"
        "for _ in range(3):\n    model.partial_fit(X, y, classes=[0, 1, 2])\n"
        "    print('score', model.score(X, y))"
    )
    assert [(r.model_name, len(r.metrics[0].points)) for r in runs] == [("model", 3)]


def test_a_model_fitted_and_tried_in_one_turn_is_one_run():
    runs, _ = runs_of(
        "for C in (0.5, 2.0):\n    model = SVC(C=C)\n    model.fit(X, y)\n"
        "    scores = cross_val_score(model, X, y, cv=3)"
    )
    assert [[*numbers_of(r)] for r in runs] == [["scores", "scores_std"]] * 2
    assert [dict(r.parameters).get("C") for r in runs] == [0.5, 2.0]


def test_numbers_beside_a_fit_are_none_of_its_metrics():
    runs, _ = runs_of(
        "for C in (0.5, 2.0):\n    begun = time.time()\n    low = X[:, 0].min() - 0.5\n"
        "    model = SVC(C=C).fit(X, y)\n    took = time.time() - begun"
    )
    assert [numbers_of(r) for r in runs] == [{}, {}]


def test_what_other_models_are_made_with_is_no_parameter_of_this_one():
    runs, _ = runs_of(
        "models = [SVC(gamma=0.1), LogisticRegression(max_iter=500)]\nwide = 2\nturn = 0\n"
        "for model in models:\n    turn += 1\n    model.fit(X, y)\n    print(turn, end=' ' * wide)"
    )
    assert [(r.model_type, dict(r.parameters)) for r in runs] == [
        ("SVC", {"gamma": 0.1}),
        ("LogisticRegression", {"max_iter": 500}),
    ]


def test_a_number_for_each_row_or_column_is_no_metric():
    runs, _ = runs_of(
        "from sklearn.neighbors import LocalOutlierFactor\nfound = LocalOutlierFactor().fit(X)",
        "X_scores = found.negative_outlier_factor_\nindices = np.arange(len(X_scores) - 3)",
    )
    assert [numbers_of(r) for r in runs] == [{}]


def test_the_folds_of_cross_validate_are_scores():
    runs, space = runs_of("found = cross_validate(SVC(), X, y, cv=4, return_train_score=True)")
    mean = space["found"]["test_score"].mean()
    assert [[*numbers_of(r)] for r in runs] == [
        ["test_score", "test_score_std", "train_score", "train_score_std"]
    ]
    assert numbers_of(runs[0])["test_score"] == pytest.approx(mean, rel=1e-14)


def test_a_report_that_is_printed_is_read():
    runs, _ = runs_of("model = SVC().fit(X, y)", "print(classification_report(y, model.predict(X)))")
    numbers = numbers_of(runs[0])
    assert numbers["classification_report.accuracy"] == 0.97
    assert numbers["classification_report.1.recall"] == 0.96
    assert not any(name.endswith("support") for name in numbers)


def test_staged_scores_are_a_series():
    runs, _ = runs_of(
        "from sklearn.ensemble import GradientBoostingClassifier\n"
        "model = GradientBoostingClassifier(n_estimators=4).fit(X, y)\ntest_score = np.zeros(4)",
        "for i, guess in enumerate(model.staged_predict(X)):\n    test_score[i] = accuracy_score(y, guess)",
    )
    assert [(m.name, len(m.points)) for m in runs[0].metrics] == [("test_score", 4)]


def test_a_generator_of_fits_that_a_later_cell_uses_up():
    runs, _ = runs_of(
        "models = (SVC(C=C).fit(X, y) for C in (0.5, 2.0))",
        "note = 'another cell'\nprint(len(note))",
        "for model in models:\n    print(model.score(X, y))",
    )
    assert [r.model_type for r in runs] == ["SVC", "SVC"]


def test_models_of_one_list_that_a_later_loop_fits_again_stand_beside_each_other():
    runs, _ = runs_of(
        "models = [('svm', SVC(gamma=0.1)), ('linear', LogisticRegression(max_iter=500))]",
        "width = 3\nfor name, model in models:\n    model.fit(X, y)\n    print(' ' * width)",
        "for name, model in models:\n    model.fit(X[:, :2], y)",
    )
    assert [(r.model_type, dict(r.parameters)) for r in runs] == [
        ("SVC", {"gamma": 0.1}),
        ("LogisticRegression", {"max_iter": 500}),
    ] * 2


def test_a_number_by_hand_goes_to_the_model_of_the_loop_that_it_is_computed_of():
    runs, _ = runs_of(
        "errors = np.zeros(2)\nfor at, C in enumerate((0.5, 2.0)):\n    one = SVC(C=C).fit(X, y)\n"
        "    other = LogisticRegression(C=C, max_iter=500).fit(X, y)\n"
        "    errors[at] = np.mean(one.predict(X) != y)\n    size = round(float(one.n_support_.sum()), 1)"
    )
    told = [(r.model_type, [*numbers_of(r)]) for r in runs]
    assert sorted(told) == [
        ("LogisticRegression", []),
        ("LogisticRegression", []),
        ("SVC", ["errors"]),
        ("SVC", ["errors", "size"]),
    ]


def test_what_a_search_for_features_tried_are_children():
    runs, _ = runs_of(
        "from sklearn.feature_selection import RFECV\n"
        "found = RFECV(LogisticRegression(max_iter=500), cv=3).fit(X, y)"
    )
    children = [run for run in runs if run.parent]
    assert [dict(run.parameters) for run in children] == [{"n_features": n} for n in (1, 2, 3, 4)]
    assert all(len(run.metrics) == 2 for run in children)


def test_thousands_of_fits_in_one_loop_are_all_runs():
    runs, _ = runs_of(
        "from sklearn.dummy import DummyClassifier\nfor turn in range(1500):\n"
        "    guess = DummyClassifier(random_state=turn).fit(X, y)\n    score = guess.score(X, y)"
    )
    assert sum(r.occurrences for r in runs) == 1500
    assert {tuple(numbers_of(r)) for r in runs} == {("score",)}


def test_data_that_differ_are_compared_with_their_rows_and_columns():
    history, _, _ = record_cells(
        [IMPORTS, "model = SVC().fit(X, y)", "X = X[:120, :3]\ny = y[:120]", "model = SVC().fit(X, y)"]
    )
    details = [describe_run(run, history, [], 0, None) for run in reversed(find_runs((history,)))]
    text = render_text(show_comparison(compare_details(details)))
    assert "150×4" in text
    assert "120×3" in text


def test_what_a_loop_gives_to_the_data_of_a_fit_is_a_parameter():
    runs, _ = runs_of(
        "for at, columns in enumerate(np.array([1, 2, 4])):\n    part = X[:, :columns]\n"
        "    for C in (0.1, 1.0):\n        model = SVC(C=C).fit(part, y)\n"
        "        print('acc', model.score(part, y))"
    )
    told = [dict(r.parameters) for r in runs]
    assert [t["columns"] for t in told] == [1, 1, 2, 2, 4, 4]
    assert [t.get("C") for t in told] == [0.1, None] * 3  # 1.0 is what an SVC has by itself
    assert not any("at" in t for t in told)


def test_what_a_loop_tries_on_parts_of_the_data_has_its_parameters():
    runs, _ = runs_of(
        "for columns in (1, 2):\n    scores = cross_val_score(SVC(), X[:, :columns], y, cv=3)\n"
        "    print(scores.mean())"
    )
    assert [dict(r.parameters)["columns"] for r in runs] == [1, 2]


def test_a_number_leads_to_the_cell_and_the_line_that_it_came_out_of():
    history, _, _ = record_cells(
        [
            IMPORTS,
            "model = SVC().fit(X, y)\n# how good\nacc = model.score(X, y)",
            "print('again', model.score(X, y))",
        ]
    )
    (run,) = find_runs((history,))
    detail = describe_run(run, history, (), 0, None)
    assert dict(detail.made_by) == {
        "acc": "acc = model.score(X, y)",
        "again": "print('again', model.score(X, y))",
    }
    assert detail.cells[-1] == 2
    text = " ".join(render_text(show_detail(detail)).split())
    assert "cell 3: print('again', model.score(X, y))" in text


def test_the_run_behind_a_name_is_that_of_the_last_turn():
    cells = [
        IMPORTS,
        "for C in (0.5, 1.0, 2.0):\n    model = SVC(C=C).fit(X, y)\nother = SVC(C=9.0).fit(X, y)",
        "kept = other",
        "model.score(X, y)",
    ]
    history, _, _ = record_cells(cells)
    assert dict(find_run_behind(history, "model").parameters)["C"] == 2.0
    assert dict(find_run_behind(history, "kept").parameters)["C"] == 9.0
    again, _, _ = record_cells([*cells, "model = other"])
    assert dict(find_run_behind(again, "model").parameters)["C"] == 9.0


def test_what_a_mapping_is_given_is_a_metric_of_the_model_that_it_is_computed_of():
    runs, space = runs_of(
        "def gap(a, b):\n    return float(np.mean(a != b))",
        "scores, results, sizes = {}, {}, {}\nscores['none'] = gap(y, 1)",
        "svc = SVC().fit(X, y)\nscores['svc'] = gap(y, svc.predict(X))",
        "ridge = Ridge().fit(X, y)\nresults['mae'] = np.mean(abs(y - ridge.predict(X)))",
        "results['rows'] = len(X)\nsizes['a'] = svc.n_features_in_ / 8\nresults['all'] = svc.predict(X)",
    )
    assert {r.model_name: numbers_of(r) for r in runs} == {
        "svc": {"scores": space["scores"]["svc"]},
        "ridge": {"mae": space["results"]["mae"]},
    }


def test_each_number_of_a_row_that_a_loop_makes_is_called_by_its_key():
    runs, space = runs_of(
        "table = {}\nfor C in (0.01, 1.0):\n    model = SVC(C=C).fit(X, y)\n    p = model.predict(X)\n"
        "    table[C] = {'C': C, 'acc': accuracy_score(y, p), 'r2': model.score(X, y)}"
    )
    rows = [{"acc": row["acc"], "r2": row["r2"]} for row in space["table"].values()]
    assert [numbers_of(run) for run in runs] == rows
