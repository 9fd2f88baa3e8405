from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from nbmlops.proof.landlock import read_version

needs_fence = pytest.mark.skipif(read_version() == 0, reason="this kernel has no Landlock")


SIDE_EFFECTS = [
    (
        "open({canary!r}, 'w').write('dead')",
        "writing '{canary}' outside the working directory",
        "write:{canary}",
    ),
    ("import subprocess; subprocess.run(['touch', {canary!r}])", "starting the program 'touch", "subprocess"),
    ("import socket; socket.create_connection(('127.0.0.1', {port}))", "'127.0.0.1'", "network:127.0.0.1"),
]


@pytest.mark.parametrize(("statement", "what", "effect"), SIDE_EFFECTS)
def test_a_side_effect_is_put_at_its_statement(make_export, canary, listener, statement, what, effect):
    port, heard = listener
    names = {"canary": str(canary), "port": port}
    export = make_export("value = 0", statement.format(**names), "value = 1")
    proof = export.prove()
    assert proof.verdict == "failed"
    assert proof.cause.startswith("side effect at statement 1 of execution 2: "), proof.cause
    assert what.format(**names) in proof.cause
    assert proof.cause.endswith(f"--allow {effect.format(**names)}")
    assert (proof.diverged_at.execution, proof.diverged_at.source) == (2, export.statements[2, 0].source)
    assert heard() == []


NATIVE = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
assert libc.open({canary!r}.encode(), flags, 0o600) == -1
assert libc.open({new!r}.encode(), flags, 0o600) == -1
assert libc.unlink({canary!r}.encode()) == -1
assert libc.rename({canary!r}.encode(), b'mine') == -1
assert libc.mkdir({new!r}.encode(), 0o700) == -1
assert libc.truncate({canary!r}.encode(), 0) == -1
assert libc.open(b'mine', flags, 0o600) != -1
"""


@needs_fence
def test_native_code_cannot_write_outside(make_export, canary):
    native = NATIVE.format(canary=str(canary), new=str(canary.parent / "new.txt"))
    proof = make_export(native, "value = 1").prove(None)
    assert proof.obtained, proof.cause
    assert "Landlock" in proof.environment["guard"]


NATIVE_CONNECTION = """
import ctypes, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
address = struct.pack('=H', socket.AF_INET) + struct.pack('!H', {port}) + bytes([127, 0, 0, 1]) + bytes(8)
assert libc.connect(libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0), address, 16) == -1
"""


@pytest.mark.skipif(read_version() < 4, reason="this kernel's Landlock does not know the network")
def test_native_code_cannot_connect(make_export, listener):
    port, heard = listener
    proof = make_export(NATIVE_CONNECTION.format(port=port), "value = 1").prove(None)
    assert proof.obtained, proof.cause
    assert heard() == []


NATIVE_PROGRAM = """
import ctypes
libc = ctypes.CDLL(None)
assert libc.system(b'touch {new}') != 0
"""


@needs_fence
def test_native_code_cannot_start_programs(make_export, canary):
    proof = make_export(NATIVE_PROGRAM.format(new=canary.parent / "new.txt"), "value = 1").prove(None)
    assert proof.obtained, proof.cause


@needs_fence
def test_an_allowed_program_is_fenced_in_as_well(make_export, canary):
    statements = (
        f"new = {str(canary.parent / 'new.txt')!r}",
        "import subprocess",
        "assert subprocess.run(['touch', new], stderr=subprocess.DEVNULL).returncode != 0",
        "assert subprocess.run(['touch', 'mine']).returncode == 0",
        "value = Path('mine').exists()",
    )
    proof = make_export(*statements).prove(None, allow=["subprocess"])
    assert proof.obtained, proof.cause
    assert proof.allowed == ("subprocess",)


@needs_fence
def test_a_folder_handle_is_no_way_out(make_export, canary):
    handle = f"import os\nhandle = os.open({str(canary.parent)!r}, os.O_RDONLY)"
    proof = make_export(
        handle, "os.open('new', os.O_WRONLY | os.O_CREAT, dir_fd=handle)", "value = 1"
    ).prove()
    assert proof.verdict == "failed"
    assert "PermissionError" in proof.cause


@needs_fence
def test_a_database_outside_can_be_read_but_not_changed(make_export, tmp_path):
    path = tmp_path / "data.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("create table t (x)")
        database.execute("insert into t values (7)")
        database.commit()
    before = path.read_bytes()
    statements = [
        f"import sqlite3\ndatabase = sqlite3.connect({str(path)!r})",
        "value = database.execute('select x from t').fetchall()",
    ]
    allow = (f"read:{path}",)
    proof = make_export(*statements).prove(None, allow=allow)
    assert proof.obtained, proof.cause
    second = make_export(*statements, "database.execute('delete from t')", name="second")
    proof = second.prove(None, allow=allow)
    assert proof.verdict == "failed"
    assert f"writing to the database '{path}'" in proof.cause
    assert path.read_bytes() == before


def test_a_thread_that_writes_later(make_export, canary):
    late = """
    import threading, time
    def write():
        time.sleep(0.2)
        open(canary, 'w').write('dead')
    """
    proof = make_export(
        f"canary = {str(canary)!r}", late, "threading.Thread(target=write).start()", "value = 1"
    ).prove()
    assert proof.verdict == "failed"
    assert proof.cause.startswith("side effect at statement 1 of execution 2: writing")


def test_an_exit_handler_that_writes(make_export, canary):
    proof = make_export(
        "import atexit", f"atexit.register(lambda: open({str(canary)!r}, 'w'))", "value = 1"
    ).prove()
    assert proof.verdict == "failed"
    assert proof.cause.startswith("side effect at statement 1 of execution 2: writing")


@pytest.mark.parametrize("catch", ["except Exception: pass", "except BaseException: pass", "except: pass"])
def test_a_swallowed_refusal_counts_all_the_same(make_export, canary, catch):
    proof = make_export("value = 1", f"try:\n    open({str(canary)!r}, 'w')\n{catch}", "value = 2").prove()
    assert proof.verdict == "failed"
    assert proof.cause.startswith("side effect at statement 1 of execution 2: writing")


@pytest.mark.parametrize("reading", ["open(store, 'rb').read()", "import sqlite3; sqlite3.connect(store)"])
def test_a_store_cannot_be_read(make_export, tmp_path, reading):
    store = tmp_path / ".nbmlops" / "store.db"
    store.parent.mkdir()
    store.write_bytes(b"the answer")
    proof = make_export(f"store = {str(store)!r}", reading, "value = 1").prove()
    assert proof.verdict == "failed"
    assert "which holds the answer" in proof.cause
    assert "--allow" not in proof.cause


def test_a_store_under_another_name_cannot_be_read(make_export, tmp_path, monkeypatch):
    store = tmp_path / "elsewhere.db"
    store.write_bytes(b"the answer")
    monkeypatch.setenv("NBMLOPS_STORE", str(store))
    proof = make_export(f"value = open({str(store)!r}, 'rb').read()").prove()
    assert "which holds the answer" in proof.cause


@pytest.mark.parametrize("name", ["proof.json", "tests/golden.json"])
def test_the_expected_digest_cannot_be_read(make_export, name):
    export = make_export(f"value = (Path(__file__).parent / {name!r}).read_text()")
    (export.directory / name).write_text("the answer")
    assert "which holds the answer" in export.prove().cause


def test_an_allowed_file_is_written(make_export, tmp_path):
    export = make_export(f"Path({str(tmp_path / 'report.txt')!r}).write_text('done')", "value = 1")
    assert export.prove(None).verdict == "failed"
    proof = export.prove(None, allow=[f"write:{tmp_path / 'report.txt'}"])
    assert proof.obtained, proof.cause
    assert (tmp_path / "report.txt").read_text() == "done"


def test_an_allowed_folder_does_not_open_its_neighbour(make_export, tmp_path, canary):
    (tmp_path / "reports").mkdir()
    allow = [f"write:{tmp_path / 'reports'}"]
    inside = make_export(f"Path({str(tmp_path / 'reports' / 'a.txt')!r}).write_text('done')", "value = 1")
    assert inside.prove(None, allow=allow).obtained
    outside = make_export(f"Path({str(tmp_path / 'reports-2')!r}).touch()", "value = 1", name="second")
    assert outside.prove(None, allow=allow).verdict == "failed"
    assert not (tmp_path / "reports-2").exists()


@pytest.mark.parametrize("effect", ["network", "network:localhost", "network:127.0.0.1"])
def test_an_allowed_host_is_spoken_to(make_export, listener, effect):
    port, heard = listener
    export = make_export("import socket", f"socket.create_connection(('localhost', {port}))", "value = 1")
    assert export.prove(None, allow=["network:example.org"]).verdict == "failed"
    assert heard() == []
    proof = export.prove(None, allow=[effect])
    assert proof.obtained, proof.cause
    assert len(heard()) == 1


def test_the_export_itself_stays_as_it_is(make_export):
    export = make_export("(Path(__file__).parent / 'pipeline.py').write_text('')", "value = 1")
    before = (export.directory / "pipeline.py").read_text()
    assert export.prove().verdict == "failed"
    assert (export.directory / "pipeline.py").read_text() == before


def test_a_sandbox_is_removed_afterwards(make_export, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    export = make_export("open('mine', 'w').write('x')", "import os", "print(os.getcwd())", "value = 1")
    before = set(Path(tmp_path).iterdir())
    assert export.prove(None).obtained
    assert set(Path(tmp_path).iterdir()) == before
    assert os.listdir() != []
