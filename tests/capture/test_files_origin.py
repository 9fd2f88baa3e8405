"""Where a file that was read came from: outside, a program, a database, or a cell that nobody observed."""

from __future__ import annotations

import json

import pytest

from nbmlops.api.exporting import export_name
from nbmlops.capture.stamps import Databases, kernel_start, stamp_folders
from nbmlops.core.resource import MADE_MEANWHILE
from nbmlops.errors import ExportError
from nbmlops.store.opening import open_store
from tests.cases.notebook_kernel import open_kernel


@pytest.fixture
def record(tmp_path):
    """Record cells in a kernel whose folder is `tmp_path`, and return the history's statements.

    What is no text is called instead, beside the kernel.
    """

    def record_cells(*cells, before=()):
        with open_kernel(tmp_path) as kernel:
            for source in before:
                assert kernel.run(source).status == "ok"
            assert kernel.run("%load_ext nbmlops").status == "ok"
            for number, source in enumerate(cells):
                if callable(source):
                    source()
                else:
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
    told = "the file 'hidden.txt', made or changed while the kernel ran by nothing that was observed"
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


def _export(name, tmp_path, prove=True):
    store, place = tmp_path / ".nbmlops" / "store.db", tmp_path / f"export_{prove}"
    return export_name(name, place, store=store, prove=prove)


def _write(path, text):
    return lambda: path.write_text(text)


def test_file_edited_by_hand_after_a_cell_wrote_it_is_an_input(record, tmp_path):
    made = "open('labels.csv', 'w').write('a\\n1\\n')"
    record(made, _write(tmp_path / "labels.csv", "a\n2\n"), "labels = open('labels.csv').read()")
    for prove in (True, False):
        exported = _export("labels", tmp_path, prove)
        assert any("labels.csv' was made or changed while the kernel ran" in n for n in exported.notes)
        assert made not in (tmp_path / f"export_{prove}" / "pipeline.py").read_text()
    assert _export("labels", tmp_path).proof.verdict == "identical"


def test_lines_added_to_a_file_that_was_edited_by_hand(record, tmp_path):
    add = "with open('log.txt', 'a') as log:\n    log.write('last')"
    first = "open('log.txt', 'w').write('first')"
    record(first, _write(tmp_path / "log.txt", "other "), add, "text = open('log.txt').read()")
    assert _export("text", tmp_path).proof.verdict == "identical"
    assert first not in (tmp_path / "export_True" / "pipeline.py").read_text()


@pytest.mark.parametrize("writes", [True, False])
def test_two_states_of_one_file_are_never_exported_unproven(record, tmp_path, writes):
    (tmp_path / "data.txt").write_text("1")
    first = ["open('data.txt', 'w').write('1')"] if writes else []
    read = "{} = open('data.txt').read()"
    record(*first, read.format("a"), _write(tmp_path / "data.txt", "2"), read.format("b"), "both = a + b")
    with pytest.raises(ExportError, match=r"data.txt' was changed between cell \d and cell \d by nothing"):
        _export("both", tmp_path, prove=False)
    assert not (tmp_path / "export_False").exists()
    exported = _export("both", tmp_path)
    assert exported.proof.verdict == "different"
    assert any("'both' needs both" in note for note in exported.notes)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert export_name(name, tmp_path / name, store=tmp_path / ".nbmlops" / "store.db").proof.verdict == (
            "identical"
        )


CLEAN = (
    "import pandas as pd\nmost = 3\ndef clean(path, most):\n    rows = pd.read_csv(path)\n"
    "    if len(rows) > most:\n        rows.head(most).to_csv(path, index=False)"
)


@pytest.mark.parametrize("first", [[], ["pd.DataFrame({'a': [7]}).to_csv('rows.csv', index=False)"]])
def test_what_may_write_a_file_after_it_was_edited_by_hand_is_needed(record, tmp_path, first):
    edit = _write(tmp_path / "rows.csv", "a\n1\n2\n")
    record(CLEAN, *first, edit, "clean('rows.csv', most)", "total = pd.read_csv('rows.csv').a.sum()")
    exported = _export("total", tmp_path)
    assert exported.proof.verdict == "identical"
    text = (tmp_path / "export_True" / "pipeline.py").read_text()
    assert "clean(" in text
    assert "[7]" not in text
