"""Calls that log: noted for the runs, and gone from the code that leaves."""

from __future__ import annotations

import ast

import pytest

import nbmlops
from nbmlops.capture.saying import drop_calls

SPACE = {"nbmlops": nbmlops, "log_metric": nbmlops.log_metric, "lm": nbmlops.log_metric, "tag": nbmlops.tag}


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("nbmlops.log_metric('a', acc)", ""),
        ("lm('a', 1)", ""),
        (
            "for e in r:\n    w = step(w)\n    nbmlops.log_metric('loss', l, step=e)",
            "for e in r:\n    w = step(w)",
        ),
        ("for e in r:\n    nbmlops.log_metric('loss', l)", "for e in r:\n    pass"),
        ("def f():\n    import nbmlops\n    nbmlops.tag('a')\n    return 1", "def f():\n    return 1"),
        (
            "def f():\n    from nbmlops import log_metric as m\n    m('a', 1)\n    return 1",
            "def f():\n    return 1",
        ),
        ("if v: nbmlops.tag('a')", "if v: pass"),
        ("a = 1; nbmlops.tag('a'); b = 2", "a = 1; pass; b = 2"),
        (
            "try:\n    x()\nfinally:\n    nbmlops.tag('a')  # said",
            "try:\n    x()\nfinally:\n    pass  # said",
        ),
        ("with o:\n    nbmlops.log_metric('n', next(it))\n    y = 1", "with o:\n    next(it)\n    y = 1"),
        ("nbmlops.log_metric('n', float(t.mean()) + x[0], step=len(h))", ""),
        ("nbmlops.log_metric(\n    'a',\n    (yield_ := f(2)),\n)", "(yield_ := f(2))"),
        ("def f(tag):\n    tag('keep')\n    return 1", "def f(tag):\n    tag('keep')\n    return 1"),
        ("x = nbmlops.log_metric('a', 1)", "x = nbmlops.log_metric('a', 1)"),
        ("s = 'nbmlops.log_metric(1)'", "s = 'nbmlops.log_metric(1)'"),
        ("nbmlops.runs()", "nbmlops.runs()"),
        ("match v:\n    case 1:\n        lm('é', v)", "match v:\n    case 1:\n        pass"),
        ("é = 'ü'; lm('é', 1)", "é = 'ü'; pass"),
    ],
)
def test_a_call_is_left_out_and_what_it_calls_stays(code, left):
    found = drop_calls(code, SPACE)
    assert found == left
    ast.parse(found)
