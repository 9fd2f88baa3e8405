"""Interrupts: one line, exit code 130, nobody left behind, and nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal

import psutil
import pytest

from tests.bad_input.conftest import make_people
from tests.bad_input.desk import find_alive, photograph

# The command, and the progress after which it is interrupted.
LONG = {
    "run": ("run slow.ipynb", "running cell 1"),
    "export": ("export model out", "running the export"),
    "register": ("register model --as other", "running the export"),
    "package": ("package income out", "cutting the row function"),
    "retrain": ("retrain income --input people=new.csv", "held back"),
}
QUIET = ".nbmlops/"


@pytest.fixture
def slow(spoiled):
    cells = [
        "a = 1",
        "import time\nopen('busy', 'w').close()\nfor _ in range(60_000):\n    time.sleep(0.01)",
        "b = 2",
    ]
    spoiled.write_notebook("slow.ipynb", cells)
    # Where another test has packaged the model, what that took long for is kept.
    shutil.rmtree(spoiled.folder / ".nbmlops" / "cuts", ignore_errors=True)
    make_people(600, 1).to_csv(spoiled.folder / "new.csv", index=False)
    return spoiled


def stop_at(desk, line, progress, number):
    """Send a signal to a command once it has said something; return it with its helpers and last words."""
    child = desk.start(*line.split())
    said = ""
    for heard in child.stderr:
        said += heard
        if progress in heard:
            break
    while line.startswith("run") and not (desk.folder / "busy").exists():
        assert child.poll() is None
    helpers = psutil.Process(child.pid).children(recursive=True)
    os.kill(child.pid, number)
    output, errors = child.communicate(timeout=600)
    return child, helpers, said + errors, output


@pytest.mark.parametrize("verb", LONG)
def test_an_interrupt_is_one_line(slow, verb):
    before = photograph(slow.folder, QUIET)
    child, helpers, errors, output = stop_at(slow, *LONG[verb], signal.SIGINT)
    assert child.returncode == 130
    assert errors.splitlines()[-1] == "nbmlops: Interrupted."
    assert "Traceback" not in errors
    assert output == ""
    assert find_alive(helpers) == []
    after = photograph(slow.folder, QUIET)
    after.pop("busy", None)
    assert after == before
    assert [p for p in slow.folder.iterdir() if p.name.startswith(".out")] == []
    assert "other" not in slow.type("models").output
    assert slow.type("doctor").code == 0


def test_what_an_interrupted_run_did_is_kept(slow):
    stop_at(slow, *LONG["run"], signal.SIGINT)
    history = json.loads(slow.type("history", "--notebook", "slow.ipynb", "--json").output)
    assert [execution["status"] for execution in history] == ["ok", "interrupted"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_an_export_that_is_ended_leaves_the_last_one(slow, number):
    """Also of a kill; what that leaves hidden beside it is in nobody's way."""
    assert slow.type("export", "X", "out", "--no-prove").code == 0
    before = photograph(slow.folder / "out")
    child, helpers, errors, _ = stop_at(slow, *LONG["export"], number)
    assert child.returncode == (143 if number == signal.SIGTERM else -number), errors
    assert find_alive(helpers) == []
    assert photograph(slow.folder / "out") == before
    hidden = [p for p in slow.folder.iterdir() if p.name.startswith(".out")]
    assert len(hidden) == (number == signal.SIGKILL)
    again = slow.type("export", "model", "out", "--no-prove")
    assert again.code == 0, again.errors
    assert photograph(slow.folder / "out") != before
