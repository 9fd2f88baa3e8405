"""Checking: a sound store has no faults, and each kind of fault is told in a line."""

from __future__ import annotations

import sqlite3

from nbmlops.store.opening import open_store


def tamper(path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def test_sound_store(store, make_history, make_execution):
    store.histories.begin(make_history())
    store.histories.add_execution(make_history().id, make_execution(1, "df"), [b"content"])
    assert store.check() == ()
    assert store.size() > 0
    assert store.notes == ()


def test_lost_chunk(path):
    with open_store(path) as store:
        digest = store.contents.put(b"content")
        tamper(path, "delete from chunks")
        found = store.check()
    assert any("refers to a row of 'chunks'" in line for line in found)
    assert any(digest in line for line in found)


def test_lost_pipeline_file(path, make_history, make_version):
    with open_store(path) as store:
        store.histories.begin(make_history())
        store.models.add_version(make_version(), (b"estimator", b"print(1)"))
        digest = make_version().pipeline["pipeline.py"]
        tamper(path, f"delete from contents where digest = '{digest}'")
        assert "Version 1 of 'income' lacks its file 'pipeline.py'." in store.check()


def test_loose_modes(path):
    with open_store(path) as store:
        path.chmod(0o640)
        path.parent.chmod(0o755)
        found = store.check()
    assert found == (
        f"Others can read '{path}': `chmod 600 {path}`.",
        f"Others can look into '{path.parent}': `chmod 700 {path.parent}`.",
    )


def test_torn_page(path, make_history):
    with open_store(path) as store:
        for number in range(50):
            store.histories.begin(make_history(f"h{number}", notebook="x" * 900))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size - 3 * 16384)
        file.write(b"\xff" * 16384)
    with open_store(path) as store:
        assert store.check() != ()
