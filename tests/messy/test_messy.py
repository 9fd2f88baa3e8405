"""Messy sessions: cells again, edited, broken, stopped and out of order, and every export still right."""

from __future__ import annotations

import pytest

from tests.messy.live import run_live
from tests.messy.session import make_session
from tests.messy.shelf import read_shelf
from tests.messy.shrinking import drop_parts

SHELF = read_shelf()
QUICK = (("classes", 3), ("arrays", 114), ("files", 119))


def check_session(notebook, seed):
    outcome = run_live(make_session(SHELF[notebook], seed))
    assert outcome.bad == ()
    return outcome


@pytest.mark.parametrize(("notebook", "seed"), QUICK)
def test_exports_of_messy_sessions(notebook, seed):
    outcome = check_session(notebook, seed)
    assert {"ok"} < set(outcome.statuses)
    assert any(f.what == "identical" for f in outcome.findings)


@pytest.mark.slow
@pytest.mark.parametrize("notebook", SHELF)
@pytest.mark.parametrize("seed", range(5))
def test_exports_of_many_sessions(notebook, seed):
    check_session(notebook, seed)


def test_sessions_are_decided_by_their_number():
    notebook = SHELF["nested"]
    assert make_session(notebook, 7) == make_session(notebook, 7)
    assert make_session(notebook, 7).events != make_session(notebook, 8).events


def test_what_is_left_of_a_failing_list_cannot_be_shorter():
    left = drop_parts(range(100), lambda parts: {3, 58, 59} <= set(parts))
    assert left == [3, 58, 59]
