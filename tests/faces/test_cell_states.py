"""Cell states: a cell is needed where any statement of it is, and its print is that of its text."""

from __future__ import annotations

import pytest

from nbmlops.core.history import Environment, Execution, History, Statement
from nbmlops.core.slice import Explained, Reason, Slice
from nbmlops.faces.cell_states import CellState, describe_cells, print_source

KEPT, ASSUMED, DROPPED = "kept", "assumed", "dropped"


def make_history(cells):
    executions = tuple(
        Execution(number, cell, "", "ok", "2026-01-01", 0.0) for number, cell in enumerate(cells, 1)
    )
    return History("h", None, "/", "2026-01-01", Environment("3.11", "linux"), executions=executions)


def make_slice(verdicts):
    explained = tuple(
        Explained(
            Statement(execution, index, 1, "", ""),
            verdict != DROPPED,
            (Reason(None, "because", certain=verdict != ASSUMED),),
        )
        for index, (execution, verdict) in enumerate(verdicts)
    )
    return Slice("h", "model", explained)


@pytest.mark.parametrize(
    ("cells", "verdicts", "states"),
    [
        (["a", "b"], [(1, KEPT), (2, DROPPED)], {"a": ("needed", 1, 1), "b": ("unneeded", 0, 1)}),
        (["a"], [(1, KEPT), (1, DROPPED), (1, ASSUMED)], {"a": ("needed", 2, 3)}),
        (["a"], [(1, ASSUMED), (1, DROPPED)], {"a": ("assumed", 1, 2)}),
        (["a", "a"], [(1, KEPT), (2, DROPPED)], {"a": ("needed", 1, 2, True)}),
        (["a", "a"], [(1, KEPT), (2, KEPT)], {"a": ("needed", 2, 2)}),
        (["a", "silent"], [(1, KEPT)], {"a": ("needed", 1, 1)}),
        (["a"], [(1, KEPT), (7, KEPT)], {"a": ("needed", 1, 1)}),
    ],
)
def test_cells_stand_as_their_statements_do(cells, verdicts, states):
    expected = {cell: CellState(*state) for cell, state in states.items()}
    assert describe_cells(make_slice(verdicts), make_history(cells)) == expected


def test_prints_are_of_the_text():
    assert print_source("") == 0
    assert print_source("123456789") == 0xCBF43926
    assert print_source("größe = 1  # 😀") != print_source("grösse = 1  # 😀")
    assert print_source("\ud800") == print_source("?")
