"""Preserving: what a model is fitted on or measured with is kept as it was then, as time allows."""

from __future__ import annotations

import time

import pytest

from nbmlops.api.capturing import start_capture, stop_capture
from nbmlops.api.snapshots import take_snapshot
from nbmlops.capture.following import current_following
from nbmlops.capture.preserving import Preserving
from nbmlops.errors import UnknownNameError
from nbmlops.faces.blocks import Line
from nbmlops.faces.show_snapshots import show_snapshot
from nbmlops.faces.verbs import find_verb
from nbmlops.lifecycle.forgetting import forget_value
from nbmlops.store.opening import open_store
from nbmlops.values.codec import load_value
from tests.capture.recorded_shell import hide_tests

CELLS = (
    "import numpy as np, pandas as pd\nfrom sklearn.linear_model import LinearRegression",
    "X = pd.DataFrame({'x': np.arange(500.0)})\ny = X.x ** 2\nother = X * 2",
    "model = LinearRegression().fit(X, y)",
    "X['x'] = 0.0",
    "score = model.score(X, y)",
    "again = LinearRegression().fit(X, y)",
    "X2 = X + 1\nlate = LinearRegression().fit(X2, y)\nX2['x'] = -1.0",
    "del model, again, late",
)


@pytest.fixture
def run_cells(tmp_path, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.chdir(tmp_path)

    def run(cells, cap=512 * 2**20, age=1000.0):
        shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
        path = tmp_path / "store.db"
        with hide_tests():
            start_capture(shell, path)
            following = current_following()
            following.preserving = Preserving(cap, began=time.monotonic() - age)
            kept, key = {}, following.history.id
            for number, cell in enumerate(cells, 1):
                assert shell.run_cell(cell, store_history=True).success
                for name in ("X", "y", "other", "X2"):
                    found = [v for n, v in following.store.histories.saved_versions(key, name) if n == number]
                    if found:
                        kept[number, name] = found[0]
            notes = list(following.notes)
            stop_capture(shell)
        return path, kept, notes

    return run


def test_what_was_fitted_on_is_kept_as_it_was(run_cells):
    path, kept, notes = run_cells(CELLS)
    assert set(kept) == {(3, "X"), (3, "y"), (5, "X")}
    assert notes == []
    with open_store(path) as store:
        first, second = (
            load_value(kept[at, "X"].codec, store.contents.get(kept[at, "X"].content)) for at in (3, 5)
        )
    assert first["x"].tolist() == list(map(float, range(500)))
    assert second["x"].tolist() == [0.0] * 500


def test_what_is_too_large_is_told(run_cells):
    _, kept, notes = run_cells(CELLS[:3], cap=100)
    assert kept == {}
    assert any("'X'" in note and "--force" in note for note in notes)


def test_what_is_too_dear_waits_for_the_end(run_cells):
    path, kept, notes = run_cells(CELLS[:3], age=-1000.0)
    assert (kept, notes) == ({}, [])
    with open_store(path) as store:
        history = store.histories.latest("X")
        assert store.histories.saved_value(history, "X").content is not None


def test_what_was_too_dear_and_changed_is_told(run_cells):
    _, kept, notes = run_cells(CELLS[:4], age=-1000.0)
    assert kept == {}
    (note,) = notes
    assert "'X'" in note
    assert "too dear to keep at once and has changed since" in note
    assert "`%nbmlops snapshot X`" in note


def test_a_table_over_the_cap_is_described(tmp_path, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.nbmlops]\nvalue_cap = '10 KB'\n")
    path = tmp_path / ".nbmlops" / "store.db"
    shell = InteractiveShell()
    cell = "import pandas as pd\nbig = pd.DataFrame({'x': range(120_000), 'word': ['ab', 'cd'] * 60_000})"
    with hide_tests():
        start_capture(shell, path)
        assert shell.run_cell(cell, store_history=True).success
        refused = take_snapshot("big")
        forced = take_snapshot("big", force=True)
        stop_capture(shell)
    assert refused.value.content is None
    assert refused.value.digest == forced.value.digest is not None
    assert (refused.profile.rows, refused.profile.of) == (40_000, 120_000)
    assert dict(refused.profile.columns[1].top).keys() <= {"ab", "cd"}
    assert (forced.profile.rows, forced.profile.of) == (120_000, None)
    told = " ".join(line.text for line in show_snapshot(refused) if isinstance(line, Line))
    assert "larger than" in told
    assert "--force" in told
    assert not find_verb("snapshot").agrees(refused)
    with open_store(path) as store:
        history = store.histories.load(store.histories.resolve("last"))
        assert store.histories.saved_value(history.id, "big").content == forced.value.content
        found = forget_value(store, history, "big")
        assert any(history.id in note for note in found.notes)
        assert {(v.digest, v.profile) for _, v in store.histories.saved_versions(history.id, "big")} == {
            (None, None)
        }
        with pytest.raises(UnknownNameError, match="nothing to forget"):
            forget_value(store, history, "big")
