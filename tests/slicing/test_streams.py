"""Random streams: when the draws before a draw are kept, and when its state is put back."""

from __future__ import annotations

import pytest

from nbmlops.core.slice import Restore
from nbmlops.slicing.cutting import cut_slice
from tests.core.trace import make_history, say

SEED = say("np.random.seed(0)", seeds="numpy")


def draw(name, **more):
    code = f"{name} = np.random.rand()"
    return say(code, moves="numpy", origin={"numpy": f"state before {name}"}, binds=name, **more)


CASES = {
    "a seed before the draw": ([SEED, draw("y")], {0, 1}, ()),
    "a dead draw between": ([SEED, draw("dead"), draw("y")], {0, 1, 2}, ()),
    "the last seed counts": ([SEED, draw("dead"), SEED, draw("y")], {2, 3}, ()),
    "no seed": ([draw("dead"), draw("y")], {1}, (Restore((2, 0), "numpy", "state before y"),)),
    "a long chain is cut": (
        [SEED, *[draw(f"d{i}") for i in range(6)], draw("y")],
        {7},
        (Restore((8, 0), "numpy", "state before y"),),
    ),
    "a dead fit in the chain is not run again": (
        [SEED, say("m.fit()", moves="numpy", changes="m", origin={"numpy": "s"}), draw("y")],
        {2},
        (Restore((3, 0), "numpy", "state before y"),),
    ),
    "no draw, no stream": ([SEED, draw("dead"), say("y = 1", binds="y")], {2}, ()),
    "one restored draw leads to the next": (
        [draw("a"), draw("y", reads="a")],
        {0, 1},
        (Restore((1, 0), "numpy", "state before a"),),
    ),
    "an import draws for itself": (
        [
            say("import lib", moves="random", binds="lib", origin={"random": "s"}),
            say("y = lib.x", reads="lib", binds="y"),
        ],
        {0, 1},
        (),
    ),
    "a generator without a seed": (
        [
            say("rng = default_rng()", binds="rng", origin={"rng": "state of rng"}),
            say("y = rng.random()", reads="rng", changes="rng", binds="y"),
        ],
        {0, 1},
        (Restore((1, 0), "rng", "state of rng", after=True),),
    ),
    "two streams apart": (
        [
            say("random.seed(1)", seeds="random"),
            draw("dead"),
            say("a = random.random()", moves="random", origin={"random": "r"}, binds="a"),
            draw("y", reads="a"),
        ],
        {0, 2, 3},
        (Restore((4, 0), "numpy", "state before y"),),
    ),
}


@pytest.mark.parametrize(("lines", "kept", "restores"), CASES.values(), ids=CASES.keys())
def test_streams(lines, kept, restores):
    slice_ = cut_slice(make_history(*lines), "y")
    assert {p for p, e in enumerate(slice_.explained) if e.kept} == kept
    assert slice_.restores == restores


def test_a_draw_that_is_kept_says_why():
    explained = cut_slice(make_history(SEED, draw("dead"), draw("y")), "y").explained
    assert (
        "seeds the `numpy` stream before `y = np.random.rand()` of execution 3"
        in explained[0].reasons[0].because
    )
    assert "draws from the `numpy` stream" in explained[1].reasons[0].because
