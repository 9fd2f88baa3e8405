"""Comm: what a sidebar is told by a kernel, and that nobody decides anything by it."""

from __future__ import annotations

import ast

import pytest

MANAGER = "get_ipython().kernel.comm_manager"
OPEN = """\
from nbmlops.faces.sidebar import Sidebar
sent = []
sidebar = Sidebar(get_ipython().user_ns, sent.append, {"a": 1})
sidebar.greet()
"""
CROWD = """\
from ipykernel.comm import Comm
manager = get_ipython().kernel.comm_manager
crowd = [Comm(target_name="crowd", primary=False) for _ in range(20)]
for comm in crowd:
    manager.register_comm(comm)
    manager._nbmlops_channel.open(comm, {})
"""
CLOSED = "[comm._closed for comm in crowd]"


@pytest.fixture(scope="module")
def asked(fitted):
    assert fitted.run(OPEN).status == "ok"
    return fitted


def send(kernel, act, value=None):
    reply = kernel.run(f"sidebar.receive({{'act': {act!r}, 'value': {value!r}}})")
    assert reply.status == "ok", reply.error
    return ast.literal_eval(kernel.ask("sent[-1]"))


def test_the_first_word_brings_the_code_that_draws(asked):
    assert asked.ask("[message['kind'] for message in sent[:2]]") == "['hello', 'show']"
    assert asked.ask("'export default' in sent[0]['esm'] and '.nbmlops-panel' in sent[0]['css']") == "True"
    told = ast.literal_eval(asked.ask("sent[1]"))
    assert (told["object"], told["cells"], told["prints"], told["recording"]) == ("", {}, {"a": 1}, True)


def test_cells_are_told_for_the_object_that_is_chosen(asked):
    told = send(asked, "open", {"screen": "lineage"})
    assert told["object"] == "model"
    assert {state["need"] for state in told["cells"].values()} == {"needed", "unneeded"}
    assert send(asked, "choose", {"name": "nobody"})["cells"] == {}
    assert send(asked, "choose", {"name": "accuracy"})["object"] == "accuracy"


ACTS = [
    ("models", "approve", {"model": "kept", "version": 1}),
    ("models", "reject", {"model": "kept", "version": 1}),
    ("models", "promote", {"model": "kept", "version": 1}),
    ("models", "rollback", {"model": "kept", "version": 1}),
    ("models", "register", {"name": "model", "model": "stolen"}),
    ("export", "export", {"name": "model", "directory": "stolen"}),
    ("package", "build", {"ref": "kept@1", "directory": "stolen"}),
    ("package", "start", {"ref": "kept@1"}),
    ("monitor", "look", {"model": "kept"}),
    ("runs", "draw", {"run": "1", "kind": "roc"}),
]


@pytest.mark.parametrize(("screen", "act", "value"), ACTS, ids=[act for _, act, _ in ACTS])
def test_what_changes_anything_is_refused(asked, screen, act, value, tmp_path_factory):
    send(asked, "open", {"screen": screen})
    told = send(asked, act, value)
    assert told["shown"]["status"]["tone"] == "bad", told["shown"]["status"]
    assert not [part for part in told["shown"]["parts"] if part["kind"] == "confirm"]
    again = send(asked, "confirm", {"word": ""})
    assert "not asked for here" in again["shown"]["status"]["text"]
    reply = asked.run("%nbmlops models --json")
    assert '"stolen"' not in reply.printed + str(reply.shown)
    assert '"approved": true' not in reply.printed + str(reply.shown)


@pytest.mark.parametrize(
    "content", ["None", "7", "'approve'", "{}", "{'act': 7}", "{'act': 'open', 'value': 7}"]
)
def test_what_is_no_message_does_nothing(asked, content):
    assert asked.run(f"sidebar.receive({content})").status == "ok"


def test_the_oldest_of_very_many_is_closed(asked):
    reply = asked.run(CROWD)
    assert reply.status == "ok", reply.error
    closed = ast.literal_eval(asked.ask(CLOSED))
    assert closed == [True] * 4 + [False] * 16


def test_unloading_closes_every_comm_and_takes_the_target_out(kernel):
    for cell in ("%load_ext nbmlops", "%load_ext nbmlops", CROWD):
        reply = kernel.run(cell)
        assert reply.status == "ok", reply.error
    assert kernel.ask(f"'nbmlops' in {MANAGER}.targets") == "True"
    assert kernel.run("%unload_ext nbmlops").status == "ok"
    assert kernel.ask(f"'nbmlops' in {MANAGER}.targets") == "False"
    assert kernel.ask(f"all({CLOSED})") == "True"
    assert kernel.ask(
        "any('note_cell' in str(c) for c in get_ipython().events.callbacks['pre_run_cell'])"
    ) == ("False")
