"""Long work in a terminal and in a log: it says where it is, and Ctrl-C leaves nothing half done."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.models import approve_model, list_models, promote_model, register_model
from nbmlops.store.opening import open_store
from tests.browser.flowers import write_flowers
from tests.faces.sweeping import list_children, wait_until

# Runs a command at a terminal of its own; what it is given is typed there.
TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
# A sweep without a notebook: IPython's own shell in a terminal.
SHELL = """
import sys, warnings
from IPython.terminal.interactiveshell import TerminalInteractiveShell
shell = TerminalInteractiveShell.instance()
for cell in sys.argv[1:]:
    if not shell.run_cell(cell, store_history=True).success:
        raise SystemExit(130)
"""
NOTEBOOK = """\
import os, time
import pandas as pd
from sklearn.linear_model import LogisticRegression
def hold():
    while os.path.exists({hold!r}):
        time.sleep(0.05)
    return 500
df = pd.read_csv("flowers.csv")
X = pd.get_dummies(df[["petal", "leaves", "soil"]])
model = LogisticRegression(max_iter=hold()).fit(X, df["rare"])
accuracy = model.score(X, df["rare"])
"""
SWEEP = """\
%%sweep n=[1, 2, 3] --metric acc
import os, time
n = 0
while n > 1 and os.path.exists({hold!r}):
    time.sleep(0.05)
acc = n * 2
"""
# By verb: what is typed, and what is said while it is held.
VERBS = {
    "export": (["export", "model", "out"], "hold"),
    "package": (["package", "flowers@1", "out", "--no-verify"], "running statement"),
    "retrain": (["retrain", "flowers", "--input", "flowers=more.csv"], "running statement"),
    "sweep": ([], "1 of 3"),
}
SLOW = [pytest.param(verb, marks=pytest.mark.slow) for verb in ("package", "retrain", "sweep")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder whose notebook has a model that takes as long as a file is there."""
    folder = tmp_path_factory.mktemp("made")
    write_flowers(folder / "flowers.csv")
    write_flowers(folder / "more.csv", seed=1, count=400)
    cell = nbformat.v4.new_code_cell(NOTEBOOK.format(hold=str(folder / "hold")))
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "a.ipynb")
    run_notebook(folder / "a.ipynb", store=folder / ".nbmlops" / "store.db")
    return folder


@pytest.fixture
def place(made, request):
    """That folder, with the file; the model is registered where a verb needs it."""
    store = made / ".nbmlops" / "store.db"
    if request.node.callspec.params["verb"] in ("package", "retrain") and not list_models(store):
        register_model("model", "flowers", store=store)
        approve_model("flowers", 1, store=store)
        promote_model("flowers", 1, "champion", store=store)
    (made / "tmp").mkdir(exist_ok=True)
    (made / "hold").touch()
    yield made
    (made / "hold").unlink(missing_ok=True)


def start(place, verb, terminal):
    words = [sys.executable, "-m", "nbmlops", *VERBS[verb][0]]
    if verb == "sweep":
        words = [sys.executable, "-c", SHELL, "%load_ext nbmlops", SWEEP.format(hold=str(place / "hold"))]
    if terminal:
        words = [sys.executable, "-c", TERMINAL, *words]
    environment = {
        **os.environ,
        "TMPDIR": str(place / "tmp"),
        "NBMLOPS_STORE": str(place / ".nbmlops/store.db"),
    }
    log = (place / "log").open("wb")
    given = subprocess.PIPE if terminal else subprocess.DEVNULL
    with log:
        return subprocess.Popen(
            words, cwd=place, env=environment, stdin=given, stdout=log, stderr=subprocess.STDOUT
        )


def read_log(place):
    return (place / "log").read_bytes().decode("utf-8", "replace")


def await_word(place, child, word):
    until = time.monotonic() + 600
    while word not in read_log(place):
        assert child.poll() is None, read_log(place)
        assert time.monotonic() < until, read_log(place)
        time.sleep(0.02)


def list_programs(place):
    """Return what still runs with that folder in its command."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes()
        except OSError:
            continue
        if str(place).encode() in command:
            found.append(command)
    return found


def look_around(place, verb):
    """Return what an interrupted verb has left: versions, children of sweeps, and files."""
    store = place / ".nbmlops" / "store.db"
    with open_store(store) as opened:
        assert opened.check() == ()
    versions = [(v.name, v.version) for v in list_models(store)]
    children = [c.number for attempt in list_children(place)[-1:] for c in attempt]
    files = sorted(p.name for p in place.iterdir() if p.name not in ("log", "hold", "tmp", ".nbmlops"))
    return versions, children if verb == "sweep" else [], files


@pytest.mark.parametrize("verb", ["export", *SLOW])
@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "log"])
def test_it_is_followed_and_stopped(place, verb, terminal):
    versions, _, files = look_around(place, verb)
    code = interrupt(place, verb, terminal)
    said = read_log(place)
    assert code == 130, said
    assert ("the sweep was stopped" if verb == "sweep" else "Interrupted.") in said
    assert "Traceback" not in said
    wait_until(lambda: list_programs(place) == [])
    assert list((place / "tmp").iterdir()) == []
    assert look_around(place, verb) == (versions, [1] if verb == "sweep" else [], files)
    if terminal:
        assert "\r\x1b[2K" in said
    elif verb != "sweep":
        check_lines(said)


def interrupt(place, verb, terminal):
    """Press Ctrl-C once a verb is at work, and return its exit code."""
    child = start(place, verb, terminal)
    try:
        await_word(place, child, VERBS[verb][1])
        if not terminal:
            child.send_signal(signal.SIGINT)
            return child.wait(600)
        child.stdin.write(b"\x03")
        child.stdin.flush()
        return child.wait(600)
    finally:
        child.kill()
        child.wait()
        if terminal:
            child.stdin.close()


def check_lines(said):
    """A log has lines, each of them once, and nothing that moves a cursor."""
    lines = said.splitlines()
    assert len(lines) > 2
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", said)
    assert all(lines)
    assert len(lines) == len(set(lines))
