"""Housekeeping: what is needed stays, what is not goes, the file shrinks, and a copy is whole."""

from __future__ import annotations

import datetime
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.housekeeping import backup_store, collect_unneeded, replace_by_backup
from nbmlops.api.snapshots import restore_snapshot
from nbmlops.core.history import Environment, Execution, History
from nbmlops.core.value import SavedValue
from nbmlops.errors import StoreError, UsageError
from nbmlops.store.opening import open_store
from nbmlops.values.codec import save_pieces
from tests.api.test_verbs import write_notebook

CELLS = (
    "import numpy as np, pandas as pd\nfrom sklearn.linear_model import LinearRegression",
    "rows = pd.read_csv('rows.csv')",
    "scratch = np.random.rand(40_000)",
    "model = LinearRegression().fit(rows[['x']], rows['y'])",
    "score = model.score(rows[['x']], rows['y'])",
)


@pytest.fixture
def store(tmp_path):
    path = tmp_path / ".nbmlops" / "store.db"
    frame = pd.DataFrame({"x": np.arange(3000.0), "y": np.arange(3000.0) ** 2})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    run_notebook(write_notebook(tmp_path / "fit.ipynb", *CELLS), store=path)
    return path


def age(path, days):
    """Let a store's histories have begun some days ago."""
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    with open_store(path) as store:
        store.database.write(
            "update histories set record = json_set(record, '$.started', ?), started = ?",
            [then.isoformat()] * 2,
        )


def test_nothing_goes_that_is_mentioned(store):
    found = collect_unneeded(apply=True, store=store)
    assert (found.applied, found.contents, found.freed) == (True, 0, 0)
    with open_store(store) as opened:
        assert opened.check() == ()


def test_orphans_go_and_the_file_shrinks(store):
    with open_store(store) as opened:
        kept = opened.contents.put(save_pieces(pd.DataFrame({"n": np.random.rand(200_000)}))[1])
    before = store.stat().st_size
    found = collect_unneeded(store=store)
    assert (found.applied, found.contents) == (False, 1)
    assert found.freed >= 1_500_000
    assert store.stat().st_size == before
    found = collect_unneeded(apply=True, store=store)
    assert found.size <= before - 1_400_000
    with open_store(store) as opened:
        assert not opened.contents.has(kept)
        assert opened.check() == ()


def test_old_histories_keep_what_their_runs_need(store, tmp_path):
    age(store, 40)
    assert collect_unneeded(days=50, store=store).values == ()
    found = collect_unneeded(days=30, store=store)
    assert [value.partition("@")[0] for value in found.values if "scratch" in value] == ["scratch"]
    assert not any(value.startswith("model") for value in found.values)
    collect_unneeded(apply=True, days=30, store=store)
    restore_snapshot("model", output=tmp_path / "model.pkl", store=store)
    restore_snapshot("rows.csv", output=tmp_path / "rows.back", store=store)
    assert (tmp_path / "rows.back").read_bytes() == (tmp_path / "rows.csv").read_bytes()
    with pytest.raises(Exception, match="let go by gc"):
        restore_snapshot("scratch", store=store)
    with open_store(store) as opened:
        assert opened.check() == ()


def test_retention_is_a_setting(store, tmp_path):
    age(store, 40)
    (tmp_path / "pyproject.toml").write_text('[tool.nbmlops]\nkeep_days = 30\nvalue_cap = "2 MB"\n')
    assert collect_unneeded(store=store).kept_days == 30
    (tmp_path / "pyproject.toml").write_text('[tool.nbmlops]\nvalue_cap = "much"\n')
    with pytest.raises(UsageError, match="value_cap = 'much'"):
        collect_unneeded(store=store)


def test_backup_while_it_is_written(store, tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from nbmlops.store.opening import open_store\n"
        "store = open_store(Path(sys.argv[1]))\n"
        "while True: store.contents.put(os.urandom(50_000)); print(1, flush=True)"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(store)], stdout=subprocess.PIPE)
    try:
        writer.stdout.readline()
        copies = [backup_store(tmp_path / f"copy-{n}.db", store=store) for n in range(3)]
    finally:
        writer.kill()
        writer.communicate()
    for copied in copies:
        with open_store(tmp_path / copied.path, create=False) as opened:
            assert opened.check() == ()
            assert opened.histories.count_executions() == 5
    with pytest.raises(UsageError, match="is there already"):
        backup_store(tmp_path / "copy-0.db", store=store)


def test_restore_store(store, tmp_path):
    backup_store(tmp_path / "copy.db", store=store)
    with open_store(store) as opened:
        opened.histories.begin(History("later", None, "/", "2026", Environment("", "")))
        with pytest.raises(StoreError, match="is in use"):
            replace_by_backup(tmp_path / "copy.db", store=store)
    done = replace_by_backup(tmp_path / "copy.db", store=store)
    with open_store(store) as opened:
        assert "later" not in [h.id for h in opened.histories.list_headers()]
        assert opened.check() == ()
    with open_store(tmp_path / done.aside, create=False) as opened:
        assert "later" in [h.id for h in opened.histories.list_headers()]
    content = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "copy.db").write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError, match="damaged"):
        replace_by_backup(tmp_path / "copy.db", store=store)


def test_a_lost_store_comes_back(store, tmp_path):
    backup_store(tmp_path / "copy.db", store=store)
    store.unlink()
    assert replace_by_backup(tmp_path / "copy.db", store=store).aside is None
    with open_store(store, create=False) as opened:
        assert opened.histories.count_executions() == 5
        assert (store.stat().st_mode & 0o777) == 0o600


def test_what_runs_is_not_collected(tmp_path):
    path = tmp_path / ".nbmlops" / "store.db"
    with open_store(path) as store:
        store.histories.begin(History("living", None, "/", "2020-01-01", Environment("", "")))
        store.histories.add_execution("living", Execution(1, "c", "x", "ok", "2020", 0.0))
        codec, pieces = save_pieces(list(range(1000)))
        store.histories.save_values("living", 1, [(SavedValue("x", "list", None, None, codec), pieces)])
        assert collect_unneeded(apply=True, days=1, store=path).contents == 0
