"""The messy notebook on which autologging goes wrong: its runs are what a person would write."""

from __future__ import annotations

import pytest

from nbmlops.tracking.finding import find_runs
from tests.capture.recorded_shell import record_cells
from tests.tracking.messy_cells import CELLS, PLAYED, SHUFFLE


def runs_of(cells):
    history, _, space = record_cells(cells)
    return find_runs((history,)), space


def test_the_runs_are_what_a_person_would_write():
    runs, space = runs_of(CELLS)
    table = [
        (
            r.model_name,
            r.model_type,
            r.status,
            r.occurrences,
            dict(r.parameters),
            sorted(m.name for m in r.metrics),
        )
        for r in reversed(runs)
    ]
    split = {"test_size": 0.3, "random_state": 0}
    linear = {**split, "max_iter": 500}
    assert table == [
        ("model", "LogisticRegression", "finished", 1, {**linear, "C": 0.5}, ["acc"]),
        ("model", "LogisticRegression", "finished", 2, {**linear, "C": 2.0}, ["F1", "acc"]),
        ("", "LogisticRegression", "finished", 1, {**linear, "C": 0.1}, ["scores", "scores_std"]),
        (
            "broken",
            "RandomForestClassifier",
            "failed",
            1,
            {**split, "n_estimators": 5, "random_state": 1},
            [],
        ),
        (
            "forest",
            "RandomForestClassifier",
            "finished",
            1,
            {**split, "n_estimators": 7},
            ["forest accuracy"],
        ),
    ]
    metrics = {(r.model_name, m.name): m.value for r in runs for m in r.metrics}
    assert metrics["forest", "forest accuracy"] == space["forest"].score(space["X_test"], space["y_test"])
    assert metrics["", "scores"] == pytest.approx(space["scores"].mean(), rel=1e-14)
    assert metrics["", "scores_std"] == pytest.approx(space["scores"].std(ddof=1), rel=1e-14)


def test_an_unseeded_shuffle_run_again_is_another_run_on_other_data():
    runs, _ = runs_of([*CELLS[:5], *CELLS[SHUFFLE]])
    late, early = runs
    assert dict(late.parameters) == dict(early.parameters)
    assert {d.digest for d in late.data} != {d.digest for d in early.data}
    assert (late.occurrences, early.occurrences) == (1, 1)


def test_all_of_it_as_it_was_worked():
    runs, _ = runs_of(PLAYED)
    assert [(r.model_name, r.occurrences, r.status) for r in reversed(runs)] == [
        ("model", 1, "finished"),
        ("model", 1, "finished"),
        ("model", 2, "finished"),
        ("", 1, "finished"),
        ("broken", 1, "failed"),
        ("forest", 1, "finished"),
    ]


def test_what_ran_afterwards_does_not_change_a_run():
    before, _ = runs_of(CELLS[:5])
    after, _ = runs_of([*CELLS[:5], "y_test = y_test[::-1]\nX_train = X_train * 2", CELLS[5]])
    assert [(r.parameters, r.metrics[0].name) for r in before] == [
        (r.parameters, r.metrics[0].name) for r in after[1:]
    ]
