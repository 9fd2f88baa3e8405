"""Hardships: copies, cuts, clocks and half-way migrations cost nothing that was acknowledged, or are told."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys

import pytest

from nbmlops.errors import StoreError
from nbmlops.store import schema
from nbmlops.store.database import Database
from nbmlops.store.opening import Store, open_store

CONTENT = bytes(range(256)) * 4000


def fill(store, make_history, make_execution, count=20):
    store.histories.begin(make_history())
    for number in range(1, count + 1):
        store.histories.add_execution(make_history().id, make_execution(number, "df"), [CONTENT[number:]])


def test_copied_while_open(path, tmp_path, make_history, make_execution):
    with open_store(path) as store:
        fill(store, make_history, make_execution)
        whole, alone = tmp_path / "whole", tmp_path / "alone"
        shutil.copytree(path.parent, whole)
        alone.mkdir()
        shutil.copy(path, alone)
        assert store.check() == ()
    with open_store(whole / path.name, create=False) as copied:
        assert copied.check() == ()
        assert copied.histories.count_executions() == 20
    try:
        with open_store(alone / path.name, create=False) as copied:
            assert copied.check() == ()
            assert copied.histories.count_executions() <= 20
    except StoreError as error:
        assert "store" in error.what


@pytest.mark.parametrize("share", [0.999, 0.7, 0.3, 0.05, 0.001])
def test_truncated_file_is_told(path, make_history, make_execution, share):
    with open_store(path) as store:
        fill(store, make_history, make_execution)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(int(size * share))
    with (
        pytest.raises(StoreError, match=r"damaged|not an SQLite file"),
        open_store(path, create=False) as store,
    ):
        found = store.check()
        assert found, "the truncation was not seen"
        raise StoreError(f"damaged: {found[0]}", "")


def test_lost_log_is_survived(path, make_history, make_execution, run_child):
    with open_store(path) as store:
        fill(store, make_history, make_execution, 5)
    code = (
        "import os, sys; from pathlib import Path; from nbmlops.store.opening import open_store\n"
        "open_store(Path(sys.argv[1])).contents.put(b'new' * 1000); os._exit(0)"
    )
    run_child(code, path)
    log = path.with_name(path.name + "-wal")
    assert log.exists()
    content = log.read_bytes()
    log.write_bytes(content[: len(content) // 2])
    with open_store(path, create=False) as store:
        assert store.check() == ()
        assert store.histories.count_executions() == 5


def test_clock_goes_back(store, make_history, make_execution):
    for key, started in (("one", "2026-05-01"), ("two", "2025-01-01")):
        store.histories.begin(make_history(key, started))
        store.histories.add_execution(key, make_execution(1, "df"))
    assert store.histories.latest() == "two"
    assert store.histories.latest("df") == "two"
    assert [header.id for header in store.histories.list_headers()] == ["two", "one"]


BREAKING = """
import os, sys
from pathlib import Path
from nbmlops.store import schema
from nbmlops.store.opening import open_store
def stop(database):
    schema.m002_histories(database)
    {how}
stop.__name__ = "m002_histories"
schema.MIGRATIONS = (schema.MIGRATIONS[0], stop, *schema.MIGRATIONS[2:])
open_store(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("how", ["os._exit(9)", "raise OSError('in the middle')"])
def test_interrupted_migration_is_begun_again(path, run_child, how):
    assert run_child(BREAKING.format(how=how), path).returncode != 0
    with open_store(path) as store:
        assert store.check() == ()
        assert store.database.row("pragma user_version") == (len(schema.MIGRATIONS),)


def test_half_a_migration_of_an_old_store(path, make_history, make_execution, run_child):
    with open_store(path) as store:
        fill(store, make_history, make_execution, 3)
    connection = sqlite3.connect(path)
    connection.executescript(
        "drop table running; drop table tombstones; drop table origins; drop table run_metrics; "
        "drop table run_readings; drop table run_parameters; drop table run_marks; drop table revisions; "
        "drop table runs; drop table dismissed_hints; drop table sources; drop table exchanged; "
        "drop table foreign_versions; drop table sweep_children; drop table sweeps; pragma user_version = 6; "
        "delete from _sqlite_migrations where name > 'm007'"
    )
    connection.close()
    broken = BREAKING.replace("m002_histories", "m007_running").replace(
        "(schema.MIGRATIONS[0], stop, *schema.MIGRATIONS[2:])", "(*schema.MIGRATIONS[:6], stop)"
    )
    assert run_child(broken.format(how="os._exit(9)"), path).returncode == 9
    with open_store(path) as store:
        assert store.check() == ()
        assert store.histories.count_executions() == 3


WITHOUT_WAL = """
import sys
from pathlib import Path
from nbmlops.core.history import Environment, Execution, History
from nbmlops.store import opening
opening.choose_journal = lambda path, filesystem: ("delete", "on a network file system")
store = opening.open_store(Path(sys.argv[1]))
assert store.database.row("pragma journal_mode") == ("delete",)
store.histories.begin(History(sys.argv[2], None, "/", "2026", Environment("", "")))
for number in range(1, 13):
    store.histories.add_execution(sys.argv[2], Execution(number, "c", "", "ok", "2026", 0.0), [bytes(9000)])
store.close()
"""


def test_two_processes_without_a_log(path):
    opened = [
        subprocess.Popen(
            [sys.executable, "-c", WITHOUT_WAL, str(path), key], stderr=subprocess.PIPE, text=True
        )
        for key in ("one", "two")
    ]
    assert [child.communicate(timeout=600)[1] for child in opened] == ["", ""]
    database = Database(path, "delete")
    store = Store(database, 1, 1, ())
    assert store.histories.count_executions() == 24
    assert store.check() == ()
    assert database.row("pragma synchronous") == (2,)
    store.close()
