"""Opening: private modes, one file, and a clear message for everything that is no store."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nbmlops.errors import StoreError
from nbmlops.store.checking import list_files
from nbmlops.store.opening import open_store
from nbmlops.store.place import APPLICATION, choose_journal, find_filesystem
from nbmlops.store.schema import MIGRATIONS

AS_NOBODY = """
import os, sys
from pathlib import Path
from nbmlops.errors import StoreError
from nbmlops.store.opening import open_store
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    with open_store(Path(sys.argv[1])) as store:
        store.histories.set_notebook("none", "none")
except StoreError as error:
    print(error)
    sys.exit(3)
"""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_store_is_private(path, make_history):
    old = os.umask(0)
    try:
        with open_store(path) as store:
            store.histories.begin(make_history())
            files = list_files(path)
            assert len(files) == 3
            assert {mode_of(file) for file in files} == {0o600}
    finally:
        os.umask(old)
    assert mode_of(path.parent) == 0o700
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_close_leaves_one_file(path, make_history):
    store = open_store(path)
    store.histories.begin(make_history())
    store.close()
    assert list_files(path) == (path,)
    with pytest.raises(StoreError, match="has been closed"):
        store.histories.list_headers()
    with open_store(path, create=False) as store:
        assert len(store.histories.list_headers()) == 1


def test_loose_modes_are_tightened(path):
    open_store(path).close()
    path.chmod(0o644)
    path.parent.chmod(0o755)
    open_store(path).close()
    assert (mode_of(path), mode_of(path.parent)) == (0o600, 0o700)


def test_foreign_folder_is_left_alone(tmp_path):
    tmp_path.chmod(0o755)
    open_store(tmp_path / "mine.db").close()
    assert mode_of(tmp_path) == 0o755
    assert not (tmp_path / ".gitignore").exists()
    assert mode_of(tmp_path / "mine.db") == 0o600


def test_settings_of_a_connection(store):
    connection = store.database.connection()
    found = {
        name: connection.execute(f"pragma {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
    }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 1,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }
    assert connection.execute("pragma application_id").fetchone()[0] == APPLICATION
    with store.transaction(durable=True):
        assert connection.execute("pragma synchronous").fetchone()[0] == 2
    assert connection.execute("pragma synchronous").fetchone()[0] == 1


def test_opening_again_loads_no_sqlite_utils(path, run_child):
    open_store(path).close()
    code = (
        "import sys; from pathlib import Path; from nbmlops.store.opening import open_store; "
        "open_store(Path(sys.argv[1])).close(); "
        "print(sorted({'sqlite_utils', 'pandas', 'sklearn', 'IPython'} & set(sys.modules)))"
    )
    child = run_child(code, path)
    assert (child.stdout, child.stderr) == ("[]\n", "")


def test_missing_store(path):
    with pytest.raises(StoreError, match=r"There is no store at .*`nbmlops run NOTEBOOK`\.$"):
        open_store(path, create=False)
    assert not path.parent.exists()


@pytest.mark.parametrize("content", [b"not a database at all, only text\n" * 200, b"x"])
def test_not_sqlite(path, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"is not an SQLite file.*NBMLOPS_STORE"):
        open_store(path)
    assert path.read_bytes() == content


def test_folder_in_place_of_the_file(path):
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="is a directory"):
        open_store(path)


def test_file_in_place_of_the_folder(path):
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot be made or opened.*NBMLOPS_STORE"):
        open_store(path)


def test_empty_file_becomes_a_store(path):
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(StoreError, match="There is no store"):
        open_store(path, create=False)
    with open_store(path) as store:
        assert store.check() == ()


def test_database_of_another_program(path):
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("create table users (name text)")
    connection.close()
    path.chmod(0o644)
    content = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        open_store(path)
    assert path.read_bytes() == content
    assert mode_of(path) == 0o644
    assert list_files(path) == (path,)


@pytest.mark.parametrize(
    "change",
    [
        f"pragma user_version = {len(MIGRATIONS) + 1}",
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('nbmlops', 'm999_new', '')",
    ],
)
def test_newer_schema(path, change):
    open_store(path).close()
    connection = sqlite3.connect(path)
    connection.execute(change)
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"written by a newer nbmlops.*--upgrade nbmlops`\.$"):
        open_store(path)
    assert path.read_bytes() == before


def test_older_schema_is_brought_forward(path, make_history):
    with open_store(path) as store:
        store.histories.begin(make_history())
    connection = sqlite3.connect(path)
    connection.executescript(
        "drop table reports; drop table packages; pragma user_version = 4; "
        "delete from _sqlite_migrations where name = 'm005_service'"
    )
    connection.close()
    with open_store(path) as store:
        assert store.packages.list_packages("income") == ()
        assert len(store.histories.list_headers()) == 1


def test_damaged_file(path, make_history):
    with open_store(path) as store:
        store.histories.begin(make_history())
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * 4000 + content[4100:])
    with pytest.raises(StoreError, match=r"damaged|not an SQLite"):
        open_store(path)


@pytest.mark.parametrize("locked", ["folder", "file", "place"])
def test_read_only(tmp_path, run_child, locked):
    root = Path("/tmp") / f"nbmlops-{os.getpid()}-{tmp_path.name}"
    root.mkdir(mode=0o755)
    path = root / "data" / "store.db"
    try:
        if locked != "place":
            open_store(path).close()
            path.parent.chmod(0o755 if locked == "folder" else 0o777)
            path.chmod(0o666 if locked == "folder" else 0o444)
        if os.getuid() != 0:
            (path.parent if locked == "folder" else root).chmod(0o555)
        child = run_child(AS_NOBODY, path)
        assert child.stderr == ""
        assert child.returncode == 3
        assert "Make " in child.stdout
        assert "NBMLOPS_STORE=" in child.stdout
    finally:
        root.chmod(0o755)
        shutil.rmtree(root)


def test_locked_store(path, make_history):
    with open_store(path, patience=0.05) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(StoreError, match=r"is locked.*run it again\.$"):
            store.histories.begin(make_history())
        other.execute("rollback")
        other.close()
        store.histories.begin(make_history())


def test_many_processes_make_one_store(path):
    code = (
        "import sys; from pathlib import Path; from nbmlops.store.opening import open_store\n"
        "with open_store(Path(sys.argv[1])) as store: print(store.check())"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(path)]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [child.communicate(timeout=600) for child in children] == [("()\n", "")] * 4
    assert list_files(path) == (path,)


MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
tmpfs /home/me/fast tmpfs rw 0 0
me@host:/x /mnt/my\\040disk fuse.sshfs rw 0 0
/dev/sdb /mnt ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "filesystem", "remote"),
    [
        ("/etc/store.db", "ext4", False),
        ("/home/me/store.db", "nfs4", True),
        ("/homes/store.db", "ext4", False),
        ("/home/me/fast/store.db", "tmpfs", False),
        ("/mnt/my disk/store.db", "fuse.sshfs", True),
        ("/mnt/store.db", "ext4", False),
    ],
)
def test_find_filesystem(place, filesystem, remote):
    assert find_filesystem(Path(place), MOUNTS) == filesystem
    journal, note = choose_journal(Path(place), filesystem)
    assert (journal, note is not None) == (("delete", True) if remote else ("wal", False))
