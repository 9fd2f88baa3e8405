"""Where a file that was read came from: outside, a program, a database, or a cell that nobody observed."""

from __future__ import annotations

import json

import pytest

from nbmlops.api.exporting import export_name
from nbmlops.capture.stamps import Databases, kernel_start, stamp_folders
from nbmlops.core.resource import MADE_MEANWHILE
from nbmlops.store.opening import open_store
from tests.cases.notebook_kernel import open_kernel


@pytest.fixture
def record(tmp_path):
    """Record cells in a kernel whose folder is `tmp_path`, and return the history's statements."""

    def record_cells(*cells, before=()):
        with open_kernel(tmp_path) as kernel:
            for source in before:
                assert kernel.run(source).status == "ok"
            assert kernel.run("%load_ext nbmlops").status == "ok"
            for number, source in enumerate(cells):
                assert kernel.run(source, f"c{number}").status == "ok"
            kernel.run("%unload_ext nbmlops")
        with open_store(tmp_path / ".nbmlops" / "store.db", create=False) as store:
            return store.histories.load(store.histories.latest()).statements()

    return record_cells


def _files(statement, tmp_path):
    reads = {r.resource.key: r.because for r in statement.reads if r.resource.kind == "file"}
    written = {e.resource.key: e.definite for e in statement.effects if e.change == "written"}
    shorten = len(str(tmp_path)) + 1
    return {k[shorten:]: v for k, v in reads.items()}, {k[shorten:]: v for k, v in written.items()}


def test_importing_a_library_reads_no_files(record, tmp_path):
    (tmp_path / "data.csv").write_text("a\n1\n")
    (statement,) = record("from sklearn.ensemble import RandomForestClassifier")
    assert _files(statement, tmp_path) == ({}, {})


def test_listing_by_hand_is_a_read(record, tmp_path):
    *_, statement = record("import os", "found = os.listdir('.')")
    assert list(_files(statement, tmp_path)[0]) == ["*"]


def test_file_of_unobserved_cells_is_doubted(record, tmp_path):
    (tmp_path / "old.txt").write_text("41")
    private = "%%private\nopen('hidden.txt', 'w').write('42')"
    early = "open('early.txt', 'w').write('42')"
    *_, old, hidden, first = record(
        private, "a = open('old.txt').read()\nb = open('hidden.txt').read()\nc = open('early.txt').read()",
        before=[early],
    )  # fmt: skip
    assert _files(old, tmp_path)[0]["old.txt"] != MADE_MEANWHILE
    assert _files(hidden, tmp_path)[0]["hidden.txt"] == MADE_MEANWHILE
    assert _files(first, tmp_path)[0]["early.txt"] == MADE_MEANWHILE


def test_export_tells_of_a_doubted_input(record, tmp_path):
    record("%%private\nopen('hidden.txt', 'w').write('42')", "answer = open('hidden.txt').read()")
    exported = export_name("answer", tmp_path / "export", store=tmp_path / ".nbmlops" / "store.db")
    told = "the file 'hidden.txt', made while the kernel ran by nothing that was observed"
    assert told in exported.proof.injected
    assert any("hidden.txt" in note and "while the kernel ran" in note for note in exported.notes)
    written = json.loads((tmp_path / "export" / "proof.json").read_text("utf-8"))
    assert written["injected"] == [{"file": str(tmp_path / "hidden.txt")}]


def test_program_overwriting_a_file_hides_what_it_held(record, tmp_path):
    (tmp_path / "answer.txt").write_text("of last week")
    statement = record("import os", "status = os.system('echo 42 > answer.txt')")[-1]
    (read,) = [r for r in statement.reads if r.resource.kind == "file"]
    assert read.content is None
    assert _files(statement, tmp_path)[1] == {"answer.txt": False}


def test_program_in_another_folder_is_seen(record, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    *_, statement = record(
        "import subprocess", "done = subprocess.run('echo 42 > answer.txt', shell=True, cwd='a/b')"
    )
    assert _files(statement, tmp_path)[1] == {"a/b/answer.txt": True}


def test_database_is_read_as_it_was_first(tmp_path):
    databases, path = Databases(), str(tmp_path / "data.db")
    (tmp_path / "data.db").write_bytes(b"before")
    assert databases.connect(path) == b"before"
    origin = databases.origins[path]
    (tmp_path / "data.db").write_bytes(b"afterwards")
    assert databases.connect(path) is None
    assert databases.origins[path] == origin
    assert databases.find_changed() == [path]
    assert databases.find_changed() == []


def test_database_made_anew_has_no_origin(tmp_path):
    databases, path = Databases(), str(tmp_path / "data.db")
    assert databases.connect(path) is None
    (tmp_path / "data.db-journal").write_bytes(b"begun")
    assert databases.find_changed() == [path]
    assert databases.origins[path] is None


def test_stamps_tell_new_from_changed(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "kept.txt").write_text("a")
    (tmp_path / "changed.txt").write_text("a")
    stamps = stamp_folders([str(tmp_path), str(tmp_path)])
    (tmp_path / "changed.txt").write_text("longer")
    (tmp_path / "inside" / "new.txt").write_text("b")
    found = stamps.find_written()
    assert found == {str(tmp_path / "changed.txt"): False, str(tmp_path / "inside" / "new.txt"): True}


def test_kernel_start_is_before_now(tmp_path):
    (tmp_path / "now.txt").write_text("a")
    assert 0 < kernel_start() < (tmp_path / "now.txt").stat().st_mtime
