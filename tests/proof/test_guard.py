from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from nbmlops.processes.child import python_command, run_child
from nbmlops.proof.landlock import read_version

needs_fence = pytest.mark.skipif(read_version() == 0, reason="this kernel has no Landlock")


@pytest.fixture
def canary(tmp_path):
    """A file outside every sandbox, which no replay may touch, in a folder that must stay as it is."""
    folder = tmp_path / "outside"
    folder.mkdir()
    path = folder / "canary.txt"
    path.write_text("alive")
    before = path.stat()
    yield path
    after = path.stat()
    assert path.read_text() == "alive"
    assert [p.name for p in folder.iterdir()] == ["canary.txt"]
    assert (after.st_mode, after.st_mtime_ns, after.st_ino, after.st_nlink) == (
        before.st_mode,
        before.st_mtime_ns,
        before.st_ino,
        1,
    )


@pytest.fixture
def listener():
    """A server on loopback that nobody may speak to: `heard` stays empty."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def accept() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    heard.append(server.accept())

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1], heard
        stop.set()
        thread.join()
    for connection, _ in heard:
        connection.close()


WRITES = [
    "open(canary, 'w').write('dead')",
    "open(canary, 'a')",
    "open(canary, 'r+')",
    "open(new, 'x')",
    "import os; os.open(canary, os.O_WRONLY | os.O_TRUNC)",
    "import os; os.open(new, os.O_RDONLY | os.O_CREAT)",
    "import os; os.chdir(folder); open('new.txt', 'w')",
    "import os; os.symlink(canary, 'link'); open('link', 'w')",
    "import os; os.symlink(folder, 'link'); open('link/new.txt', 'w')",
    "import os; os.link(canary, 'hard'); open('hard', 'w').write('dead')",
    "import os; os.remove(canary)",
    "import os; os.unlink('canary.txt', dir_fd=os.open(folder, os.O_RDONLY))",
    "import os; os.rename(canary, 'mine')",
    "open('mine', 'w').close(); import os; os.replace('mine', canary)",
    "import os; os.mkdir(new)",
    "import os; os.makedirs(new + '/deeper')",
    "import os; os.rmdir(folder)",
    "import os; os.chmod(canary, 0)",
    "import os; os.chmod(os.open(canary, os.O_RDONLY), 0)",
    "import os; os.utime(canary, (0, 0))",
    "import os; os.truncate(canary, 0)",
    "import os; os.symlink('x', new)",
    "import os; os.setxattr(canary, 'user.x', b'y')",
    "import shutil; shutil.rmtree(folder)",
    "open('mine', 'w').close(); import shutil; shutil.copy('mine', canary)",
    "import shutil; shutil.move(canary, 'mine')",
    "Path(canary).write_text('dead')",
    "Path(new).touch()",
    "Path(canary).unlink()",
    "import numpy; numpy.save(new, [1])",
    "import numpy; numpy.memmap(canary, mode='r+')",
    "import pandas; pandas.DataFrame({'a': [1]}).to_csv(new)",
    "import tempfile; tempfile.NamedTemporaryFile(dir=folder)",
    "import logging; logging.basicConfig(filename=new)",
    "import sys; sys.path.insert(0, folder); open(folder + '/module.py', 'w')",
]


@pytest.mark.parametrize("statement", WRITES)
def test_writing_outside_is_refused(make_export, canary, statement):
    names = (
        f"canary, new, folder = {str(canary)!r}, {str(canary.parent / 'new.txt')!r}, {str(canary.parent)!r}"
    )
    export = make_export(names, statement, "value = 1")
    proof = export.prove()
    assert proof.verdict == "failed"
    assert proof.cause.startswith("side effect at statement 1 of execution 2: "), proof.cause
    assert str(canary.parent) in proof.cause
    assert (proof.diverged_at.execution, proof.diverged_at.source) == (2, export.statements[2, 0].source)


PROGRAMS = [
    "import subprocess; subprocess.run(['touch', new])",
    "import os; os.system('touch ' + new)",
    "import os; os.popen('touch ' + new)",
    "import os; os.fork()",
    "import os; os.execv('/usr/bin/touch', ['touch', new])",
    "import os; os.posix_spawn('/usr/bin/touch', ['touch', new], {})",
    "import os; os.spawnv(os.P_WAIT, '/usr/bin/touch', ['touch', new])",
    "import multiprocessing; multiprocessing.get_context('spawn').Process(target=print).start()",
    "import os, signal; os.kill(os.getppid(), 0)",
]


@pytest.mark.parametrize("statement", PROGRAMS)
def test_starting_programs_is_refused(make_export, canary, statement):
    proof = make_export(f"new = {str(canary.parent / 'new.txt')!r}", statement, "value = 1").prove()
    assert proof.verdict == "failed"
    assert proof.cause.startswith("side effect at statement 1 of execution 2: "), proof.cause
    assert proof.cause.endswith("--allow subprocess")


CONNECTIONS = [
    "import socket; socket.create_connection(('127.0.0.1', port))",
    "import socket; socket.socket().connect_ex(('127.0.0.1', port))",
    "import socket; socket.create_connection(('localhost', port))",
    "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))",
    "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{port}/')",
    "import http.client; http.client.HTTPConnection('127.0.0.1', port).request('GET', '/')",
    "import pandas; pandas.read_csv(f'http://127.0.0.1:{port}/x.csv')",
    "import socket; socket.getaddrinfo('example.invalid', 80)",
    "import socket; socket.gethostbyname('example.invalid')",
    "import socket; socket.create_server(('0.0.0.0', 0))",
]


@pytest.mark.parametrize("statement", CONNECTIONS)
def test_speaking_to_the_network_is_refused(make_export, listener, statement):
    port, heard = listener
    proof = make_export(f"port = {port}", statement, "value = 1").prove()
    assert proof.verdict == "failed"
    assert proof.cause.startswith("side effect at statement 1 of execution 2: "), proof.cause
    assert "--allow network" in proof.cause
    assert heard == []


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
    assert heard == []


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
    proof = make_export(*statements).prove(None)
    assert proof.obtained, proof.cause
    proof = make_export(*statements, "database.execute('delete from t')", name="second").prove(None)
    assert proof.verdict == "failed"
    assert "readonly" in proof.cause
    assert path.read_bytes() == before


UNFENCED = """
import sqlite3, sys
from nbmlops.proof.guard import Guard, Rules, SideEffectError
guard = Guard(Rules(writable=(sys.argv[1],), hidden=(), script="none"))
guard.watch()
sqlite3.connect(":memory:").close()
sqlite3.connect(sys.argv[1] + "/mine.db").close()
sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True).close()
try:
    sqlite3.connect(sys.argv[2])
except SideEffectError as refusal:
    print(refusal)
"""


def test_without_a_fence_a_database_outside_is_refused(tmp_path, canary):
    (tmp_path / "work").mkdir()
    command = python_command("-c", UNFENCED, tmp_path / "work", canary)
    finished = run_child(command, cwd=tmp_path)
    assert finished.output == f"opening the database '{canary}' outside the working directory\n", finished


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


HARMLESS = [
    "import os; os.makedirs(folder, exist_ok=True)",
    "Path(folder).mkdir(exist_ok=True)",
    "import contextlib, os\nwith contextlib.suppress(FileNotFoundError):\n    os.remove(folder + '/nothing')",
    "open('mine', 'w').write('x'); import os; os.rename('mine', 'yours'); os.remove('yours')",
    "import os; os.makedirs('a/b/c'); import shutil; shutil.rmtree('a')",
    "import tempfile; tempfile.TemporaryFile().write(b'x'); tempfile.mkdtemp()",
    "open('/dev/null', 'w').write('x')",
    "import urllib.request; urllib.request.urlopen('file://' + folder + '/canary.txt').read()",
    "import socket; socket.socketpair(); socket.gethostname(); socket.getaddrinfo('127.0.0.1', 80)",
    "import sqlite3; sqlite3.connect(':memory:'); sqlite3.connect('mine.db').execute('create table t (x)')",
    "import platform; platform.processor(); platform.platform()",
    "import ctypes.util; ctypes.util.find_library('c')",
    "import asyncio; asyncio.run(asyncio.sleep(0))",
    "import joblib; joblib.dump([1], 'list.joblib'); joblib.load('list.joblib')",
    "import logging; logging.basicConfig(filename='log.txt'); logging.error('x')",
    "import random, uuid, secrets; uuid.uuid4(); uuid.uuid1()",
    "import concurrent.futures as f; assert list(f.ThreadPoolExecutor(2).map(abs, [-1])) == [1]",
]


@pytest.mark.parametrize("statement", HARMLESS)
def test_what_harms_nobody_is_let_through(make_export, canary, statement):
    proof = make_export(f"folder = {str(canary.parent)!r}", statement, "value = 1").prove(None)
    assert proof.obtained, proof.cause


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
    assert heard == []
    proof = export.prove(None, allow=[effect])
    assert proof.obtained, proof.cause
    assert len(heard) == 1


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
