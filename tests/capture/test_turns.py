"""A loop over what is written down ends what was bound before it; one that may take no turn does not."""

from __future__ import annotations

import pytest

from tests.capture.recorded_shell import list_kept

ENDED = {
    "literal": ["y = 1", "for x in [1, 2]: y = x"],
    "range": ["y = 1", "for x in range(3):\n    print(x)\n    y = x"],
    "name of a literal": ["y = 1", "xs = ['a', 'b']\nfor i, x in enumerate(xs): y = x"],
    "target": ["y = 1", "for y, z in zip([1], 'a'): pass"],
    "loop in a loop": ["y = 1", "for a in (1, 2):\n    for b in 'xy':\n        y = a, b"],
    "both branches": ["y = 1", "z = 3\nif z:\n    y = 4\nelse:\n    y = 5"],
    "branches in a loop": ["y = 1", "for x in range(2):\n    if x: y = 4\n    else: y = 5\n    if x: break"],
}
GOES_ON = {
    "list that was filled": ["y = 1", "xs = []\nxs.append(2)\nfor x in xs: y = x"],
    "list that was added to": ["y = 1", "xs = [1]\nxs.append(2)\nfor x in xs: y = x"],
    "computed": ["y = 1", "xs = [x for x in [1] if x]\nfor x in xs: y = x"],
    "parameter": ["y = 1", "n = 3\nfor x in range(n): y = x"],
    "turn that may end": ["y = 1", "for x in [1, 2]:\n    if x > 5: continue\n    y = x"],
    "one branch": ["y = 1", "z = 3\nif z: y = 4"],
    "one branch of two": ["y = 1", "z = 3\nif z: y = 4\nelse: w = 5"],
    "read first": ["y = 1", "for x in [1, 2]: y = y + x"],
    "branch that may end": ["y = 1", "for x in [1, 2]:\n    if x > 5: continue\n    else: y = x"],
    "body that may fail": ["y = 1", "for x in [1, 2]:\n    try: y = x\n    except ValueError: pass"],
}


@pytest.mark.parametrize("name", ENDED)
def test_a_loop_that_takes_a_turn_ends_what_was_before(name: str) -> None:
    assert "1" not in list_kept(ENDED[name], "y")


@pytest.mark.parametrize("name", GOES_ON)
def test_a_loop_that_may_bind_nothing_ends_nothing(name: str) -> None:
    assert "1" in list_kept(GOES_ON[name], "y")
