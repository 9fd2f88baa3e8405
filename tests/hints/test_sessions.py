"""Messy sessions with hints on: each hint about an old value or an edited cell is true in a replay."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hints.sessions import Act, judge_session, make_acts, read_claim
from tests.messy.shelf import Notebook, read_shelf

SHELF = read_shelf()
REPLAYING = Path(__file__).with_name("replaying.py")


def replay(folder, sources, *asked):
    request = {"events": [{"source": source} for source in sources], "asked": list(asked)}
    done = subprocess.run(
        [sys.executable, str(REPLAYING)],
        cwd=folder,
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_replay_knows_who_bound_what_was_read(tmp_path):
    cells = ["x = 1", "def f():\n    return x", "x = 2", "y = f()", "1 / 0", "%time z = x"]
    told = replay(tmp_path, cells)["events"]
    assert [event["status"] for event in told] == ["ok"] * 4 + ["ZeroDivisionError", "ok"]
    assert told[3]["reads"] == [["f", 1], ["x", 2]]
    assert told[5]["sets"] == ["z"]


def test_a_replay_knows_what_another_text_would_have_made(tmp_path):
    asked = {"event": 1, "until": 3, "source": "rows.append(3)", "names": ["rows"]}
    same = {**asked, "source": "rows.append(2)  # two"}
    told = replay(tmp_path, ["rows = [1]", "rows.append(2)", "rows *= 2"], asked, same)
    now = told["events"][2]["hashes"]["rows"]
    assert told["events"][1]["changed"] == ["rows"]
    assert [answer["would"]["rows"] == now for answer in told["answers"]] == [False, True]


def test_a_claim_is_read_from_its_line():
    line = "cell 7: `a`, `b` came out of cell 4, which was edited since and not run again: run it"
    claim = read_claim(line, 4, {})
    assert (claim.kind, claim.at, claim.made, claim.names) == ("edited cell", 4, 1, ("a", "b"))
    assert read_claim("cell 7: 50 of the 50 rows of `B`", 4, {}) is None


def test_hints_about_a_session_are_held_against_its_replay():
    acts = [
        Act("a", "depth = 3"),
        Act("b", "limit = 1"),
        Act("a", "width = 4"),
        Act("b", "limit = 2", runs=False),
        Act("c", "area = depth * limit"),
    ]
    judged, runs = judge_session(Notebook("small", ()), acts)
    assert runs == 4
    found = {(one.claim.kind, one.verdict) for one in judged}
    assert found == {("old value", "right"), ("edited cell", "right")}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(len(SHELF)))
def test_no_hint_about_a_messy_session_is_wrong(seed):
    notebook = list(SHELF.values())[seed % len(SHELF)]
    judged, _ = judge_session(notebook, make_acts(notebook, seed))
    assert [one for one in judged if one.verdict == "wrong"] == []
