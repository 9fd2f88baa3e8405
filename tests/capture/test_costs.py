from __future__ import annotations

from nbmlops.capture.costs import Cost, Costs


def test_only_the_dearest_are_remembered():
    costs = Costs()
    for number in (3, 9, 1, 7, 5, 8, 2):
        costs.note(Cost(float(number), number, 1, f"c{number}", f"x = {number}"))
    assert [cost.execution for cost in costs.dearest()] == [9, 8, 7, 5, 3]
