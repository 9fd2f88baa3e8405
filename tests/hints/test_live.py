"""Hints in a real kernel: one line under the cell that gave cause, once, and none that was dismissed."""

from __future__ import annotations

import json
import os
import re
import time

import pytest

from nbmlops.api.hinting import list_hints
from tests.cases.notebook_kernel import open_kernel

SETUP = (
    "import numpy as np\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import train_test_split\n"
    "X = np.random.RandomState(0).normal(size=(200, 4))\n"
    "y = (X[:, 0] > 0).astype(int)\n"
    "A, B, a, b = train_test_split(X, y, random_state=0)"
)
WRONG = "model = LogisticRegression().fit(X, y)\nmodel.score(B, b)"


def shown(answer):
    """Return the lines that were displayed under a cell, apart from what it printed."""
    assert answer.status == "ok", answer.error
    found = [c["data"]["text/plain"] for kind, c in answer.messages if kind == "display_data"]
    return [text for text in found if text.startswith("nbmlops: ")]


def write_notebook(path, cells):
    made = [
        {"id": i, "cell_type": "code", "source": s, "metadata": {}, "outputs": []} for i, s in cells.items()
    ]
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hints")
    notebook = folder / "work.ipynb"
    write_notebook(notebook, {"setup": SETUP, "wrong": WRONG})
    with open_kernel(folder, {"NBMLOPS_NOTEBOOK": str(notebook)}) as started:
        assert started.run("%load_ext nbmlops").status == "ok"
        started.run(SETUP, "setup")
        started.notebook = notebook
        started.store = folder / ".nbmlops" / "store.db"
        yield started


def test_a_day_with_hints(kernel):
    assert shown(kernel.run(WRONG, "wrong")) == []  # they are off
    kernel.run("%nbmlops hints on")
    (line,) = shown(kernel.run(WRONG, "wrong"))
    assert "50 of the 50 rows of `B`" in line
    assert shown(kernel.run(WRONG, "wrong")) == []  # once is enough
    key = re.search(r"\[(\w{8})\]$", line)[1]
    (found,) = list_hints(store=kernel.store).hints
    assert (found.id, found.equal, found.compared, found.dismissed) == (key, 50, 50, False)
    assert [table.rows for table in found.tables] == [50, 200]

    told = kernel.run(f"%nbmlops hints dismiss {key[:5]}")
    assert told.status == "ok", told.error
    assert list_hints(store=kernel.store).hints[0].dismissed
    kernel.run("%nbmlops hints off")
    kernel.run("%nbmlops hints on")
    assert shown(kernel.run(WRONG, "wrong")) == []
    kernel.run(f"%nbmlops hints restore {key}")
    assert not list_hints(store=kernel.store).hints[0].dismissed

    kernel.run(SETUP, "setup")
    (line,) = shown(kernel.run("one = LogisticRegression().fit(A, a)\none.score(A, a)", "train"))
    assert "measure it with `B`, which was held out" in line

    kernel.run("depth = 3", "old")
    assert shown(kernel.run("width = depth", "use")) == []
    kernel.run("other = 1", "old")
    (line,) = shown(kernel.run("width = depth", "use"))
    assert "`depth` is older than its cell" in line

    kernel.run("limit = 1", "edited")
    assert shown(kernel.run("bound = limit", "rests")) == []
    write_notebook(kernel.notebook, {"edited": "limit = 2", "rests": "bound = limit"})
    os.utime(kernel.notebook, (time.time() + 5, time.time() + 5))
    (line,) = shown(kernel.run("bound = limit", "rests"))
    assert "`limit` came out of cell" in line

    raised = kernel.run("1 / 0", "broken")
    assert [kind for kind, _ in raised.messages] == ["error"]
    kernel.run("%nbmlops hints off")
    assert shown(kernel.run("second = LogisticRegression().fit(X, y)\nsecond.score(B, b)", "again")) == []
    assert kernel.ask("import builtins\nanswer = [n for n in vars(builtins) if 'given' in n]") == []


def test_what_cannot_be_told_to_hints_is_refused(kernel):
    for words, said in (
        ("up", "nothing that hints can be told"),
        ("dismiss", "needs the id"),
        ("on x", "does not take"),
    ):
        answer = kernel.run(f"%nbmlops hints {words}")
        assert said in answer.error, words
    assert "There is no hint" in kernel.run("%nbmlops hints dismiss zzz").error


def test_a_project_may_have_them_on(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.nbmlops]\nhints = true\n")
    with open_kernel(tmp_path) as kernel:
        kernel.run("%load_ext nbmlops")
        kernel.run(SETUP, "setup")
        (line,) = shown(kernel.run(WRONG, "wrong"))
        assert "50 of the 50 rows" in line
        assert kernel.run(f"%nbmlops hints dismiss {line[-9:-1]}").status == "ok"
        kernel.run("%unload_ext nbmlops")
        assert shown(kernel.run("second = LogisticRegression().fit(X, y)\nsecond.score(B, b)", "again")) == []
    with open_kernel(tmp_path) as kernel:  # another day
        kernel.run("%load_ext nbmlops")
        kernel.run(SETUP, "setup")
        assert shown(kernel.run(WRONG, "wrong")) == []
