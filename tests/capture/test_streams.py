"""A state that is known again from memory is the state that asking for it would give."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nbmlops.capture import streams
from nbmlops.capture.streams import take_states
from tests.capture.recorded_shell import list_kept

MOVES = {
    "random": random.random,
    "gauss": lambda: random.gauss(0, 1),
    "seed": lambda: random.seed(7),
    "numpy": np.random.rand,
    "kept normal": lambda: np.random.seed(3) or np.random.randn(),
    "second normal": np.random.randn,
    "whole block": lambda: np.random.rand(624 // 2),
    "other position": lambda: np.random.set_state((*np.random.get_state()[:2], 5, 0, 0.0)),
    "other normal": lambda: np.random.set_state((*np.random.get_state()[:3], 1, 0.25)),
    "nothing": lambda: None,
}


def ask_anew():
    streams._taken.clear()
    return take_states()


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_remembered_is_asked(move):
    ask_anew()
    move()
    assert take_states() == ask_anew()


def test_the_kept_normal_alone_is_seen():
    np.random.seed(0)
    np.random.randn()
    state = np.random.get_state()
    np.random.randn()
    before = take_states()["numpy"]
    np.random.set_state(state)
    assert before != take_states()["numpy"]
    assert before[:3] == take_states()["numpy"][:3]


def test_another_bit_generator_is_asked():
    before = np.random.get_bit_generator()
    try:
        take_states()
        np.random.set_bit_generator(np.random.MT19937(5))
        moved = take_states()["numpy"]
        assert moved == ask_anew()["numpy"]
    finally:
        np.random.set_bit_generator(before)
    assert take_states()["numpy"] != moved


def test_memory_holds_the_twister():
    kind, keys, position, *_ = np.random.get_state()
    words = streams._read_numpy()[-1]
    assert (kind, words[:-4]) == ("MT19937", keys.tobytes())
    assert int.from_bytes(words[-4:], "little") == position


def test_a_stream_of_another_generator_costs_no_evidence():
    cells = [
        "import numpy as np\nold = np.random.get_bit_generator()",
        "np.random.set_bit_generator(np.random.PCG64(5))",
        "a = [1]\nb = a",
        "b.append(2)",
        "c = list(a)",
        "np.random.set_bit_generator(old)",
    ]
    assert list_kept(cells, "c") == ["3", "3", "4", "5"]
