"""What stands beside every pipeline: states put back, inputs checked, steps run one by one."""

from __future__ import annotations

import dataclasses
import json
import pickle
import random
from pathlib import Path

import numpy as np
import pytest

from nbmlops.capture.streams import describe_generator, encode_state, take_states
from nbmlops.core.digest import digest_bytes
from nbmlops.pipeline import support


@dataclasses.dataclass(frozen=True)
class Parameters:
    n: int = 3
    data: str = dataclasses.field(default="x.csv", metadata={"input": True})


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Let the support file stand in a folder of its own, with one input."""
    (tmp_path / "random_state").mkdir()
    (tmp_path / "x.csv").write_bytes(b"a\n1\n")
    entry = {"path": "x.csv", "digest": digest_bytes(b"a\n1\n"), "parameter": "data", "staged": None}
    (tmp_path / "inputs.json").write_text(json.dumps([entry]))
    monkeypatch.setattr(support, "HERE", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("stream", "draw"), [("numpy", np.random.normal), ("random", random.random)])
def test_a_recorded_stream_is_put_back(here, stream, draw):
    draw()
    recorded = encode_state(stream, take_states()[stream])
    first = [draw() for _ in range(3)]
    (here / "random_state" / "s.json").write_bytes(recorded)
    support.restore_stream("s")
    assert [draw() for _ in range(3)] == first


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState, random.Random])
def test_a_recorded_generator_is_put_back(here, kind):
    (here / "random_state" / "g.json").write_bytes(describe_generator(made := kind()))
    again = kind()
    support.restore_generator(again, "g")
    assert [again.random() for _ in range(3)] == [made.random() for _ in range(3)]


def test_streams_go_on_from_one_step_to_the_next():
    taken = pickle.loads(pickle.dumps(support.take_streams()))
    first = (random.random(), np.random.random())
    for stream, state in taken.items():
        support.set_stream(stream, state)
    assert (random.random(), np.random.random()) == first


def test_the_working_directory_is_left_again(here):
    with pytest.raises(ZeroDivisionError), support.working_directory(Parameters(), "out/deep") as placed:
        assert Path.cwd() == here / "out" / "deep"
        assert placed.data == str(here / "x.csv")
        raise ZeroDivisionError
    assert Path.cwd() == here


def test_a_missing_input_says_its_option(here):
    with pytest.raises(FileNotFoundError, match="--data PATH"):
        support.check_inputs(Parameters(data="gone.csv"))


def test_another_input_is_told_and_staged(here, caplog):
    (here / "x.csv").write_bytes(b"a\n2\n")
    entry = {"path": "x.csv", "digest": digest_bytes(b"a\n1\n"), "parameter": None, "staged": "data/x.csv"}
    (here / "inputs.json").write_text(json.dumps([entry]))
    support.check_inputs(Parameters())
    assert "is not what the notebook read" in caplog.text
    support.stage_inputs(Parameters(), here / "out")
    assert (here / "out" / "data" / "x.csv").read_bytes() == b"a\n2\n"
