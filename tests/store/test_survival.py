"""Survival: what was acknowledged is there after a kill, a full disk, a fork, and among writers."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from nbmlops.errors import StoreError
from nbmlops.store.database import Database
from nbmlops.store.opening import open_store
from nbmlops.values.codec import load_value
from tests.store.killing import make_frame

WRITER = """
import dataclasses, os, sys
from pathlib import Path
from nbmlops.core.digest import digest_bytes
from nbmlops.core.history import Environment, Execution, History
from nbmlops.store.opening import open_store
path, key, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = open_store(path)
store.histories.begin(History(key, None, "/", "2026", Environment("", "")))
for number in range(1, count + 1):
    content = os.urandom(600_000)
    execution = Execution(number, "cell", digest_bytes(content), "ok", "2026", 0.0)
    store.histories.add_execution(key, execution, [content])
    print(number, flush=True)
"""


def start_writer(path: Path, key: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), key, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def require_whole(path: Path, key: str, acknowledged: int) -> None:
    with open_store(path, create=False) as store:
        executions = store.histories.load(key).executions
        assert len(executions) in (acknowledged, acknowledged + 1)
        assert all(store.contents.has(execution.source) for execution in executions)
        assert store.check() == ()


def test_kill_in_the_middle(path):
    open_store(path).close()
    for attempt in range(10):
        child = start_writer(path, f"h{attempt}", 10_000)
        for _ in range(attempt + 1):
            acknowledged = int(child.stdout.readline())
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().split("\n")
        child.wait()
        child.stdout.close()
        complete = [int(line) for line in rest[:-1]]
        require_whole(path, f"h{attempt}", max([acknowledged, *complete]))


def kill_kernels(path, count, seed):
    command = [sys.executable, "-m", "tests.store.killing", str(path), str(count), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3000)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == count
    with open_store(path, create=False) as store:
        assert store.check() == ()
        for lines in told:
            words = [line.split() for line in lines]
            history = words[0][0]
            executions = store.histories.load(history).executions
            numbers = [e.number for e in executions]
            assert set(numbers) >= {int(w[2]) for w in words if w[1] == "cell"}
            assert numbers == list(range(1, len(numbers) + 1))
            kept = dict(store.histories.saved_versions(history, "df"))
            assert set(kept) >= {int(w[2]) for w in words if w[1] == "kept"}
            for number, value in kept.items():
                assert load_value(value.codec, store.contents.get(value.content)).equals(make_frame(number))
            last = store.running.find_interrupted(history)
            assert last is None or (last.number, last.status) == (len(numbers) + 1, "interrupted")
    return sum(len(lines) for lines in told)


def test_kernels_are_killed(path):
    assert kill_kernels(path, 20, seed=1) > 40


@pytest.mark.slow
def test_kernels_are_killed_often(path):
    assert kill_kernels(path, 500, seed=2) > 1000


def test_the_execution_that_was_cut_off_is_known(path, run_child, make_history):
    code = """
import os, signal, sys
from pathlib import Path
from nbmlops.store.opening import open_store
store = open_store(Path(sys.argv[1]))
store.running.note(sys.argv[2], 3, "the cell", "2026")
print(store.running.find_interrupted(sys.argv[2]), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    key = make_history().id
    with open_store(path) as store:
        store.histories.begin(make_history())
        assert run_child(code, path, key).stdout == "None\n"
        found = store.running.find_interrupted(key)
        assert (found.number, found.cell, found.status) == (3, "the cell", "interrupted")
        store.histories.finish(key, "2026")
        assert store.running.find_interrupted(key) is None


EIGHT = tuple("abcdefgh")


def test_eight_processes_write(path):
    open_store(path).close()
    children = [start_writer(path, key, 6) for key in EIGHT]
    for child in children:
        child.communicate(timeout=600)
        assert child.returncode == 0
    for key in EIGHT:
        require_whole(path, key, 6)


def test_threads_write(store, make_history, make_execution):
    def write(key: str) -> None:
        store.histories.begin(make_history(key))
        for number in range(1, 31):
            store.histories.add_execution(key, make_execution(number, "df"), [f"{key}{number}".encode()])

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(write, ("one", "two"))) == [None, None]
    assert store.histories.count_executions() == 60
    assert store.check() == ()


def test_connections_of_ended_threads_are_closed(store):
    for _ in range(5):
        thread = threading.Thread(target=store.histories.count_executions)
        thread.start()
        thread.join()
    assert len(store.database._open) <= 2


def test_fork_leaves_the_parents_connection_alone(path, run_child):
    code = """
import os, sys
from pathlib import Path
from nbmlops.store.opening import open_store
store = open_store(Path(sys.argv[1]))
store.contents.put(b"parent")
child = os.fork()
if child == 0:
    store.contents.put(b"child")
    store.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
store.contents.put(b"parent again")
print(store.database.row("select count(*) from contents"), store.check())
store.close()
"""
    child = run_child(code, path)
    assert (child.stdout, child.stderr) == ("(3,) ()\n", "")
    assert [file.name for file in path.parent.glob("store.db*")] == ["store.db"]


FULL = """
import os, resource, signal, sys
from pathlib import Path
from nbmlops.core.digest import digest_bytes
from nbmlops.core.history import Environment, Execution, History
from nbmlops.errors import StoreError
from nbmlops.store.opening import open_store
path, limit = Path(sys.argv[1]), int(sys.argv[2])
store = open_store(path)
store.histories.begin(History("h", None, "/", "2026", Environment("", "")))
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for number in range(1, 1000):
    content = os.urandom(300_000)
    try:
        store.histories.add_execution(
            "h", Execution(number, "cell", digest_bytes(content), "ok", "2026", 0.0), [content]
        )
    except StoreError as error:
        assert not store.contents.has(digest_bytes(content))
        print(number - 1, error, sep="\\n", flush=True)
        os._exit(3)
"""


def test_file_may_not_grow(path, run_child):
    child = run_child(FULL, path, 2_000_000)
    acknowledged, message = child.stdout.splitlines()
    assert child.returncode == 3
    assert int(acknowledged) > 0
    assert "could not be" in message
    assert message.endswith("run it again; nothing was half-written.")
    require_whole(path, "h", int(acknowledged))


@pytest.fixture
def small_disk():
    folder = Path(tempfile.mkdtemp(prefix="nbmlops-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    mounted = os.getuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    yield folder if mounted else None
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def test_full_disk(small_disk, run_child):
    if small_disk is None:
        pytest.skip("only root may mount a small disk; test_file_may_not_grow covers the rest")
    child = run_child(FULL, small_disk / "store.db", 0)
    assert child.returncode == 3, child.stderr
    acknowledged, message = child.stdout.splitlines()
    assert "the disk is full" in message
    assert message.endswith("run it again; nothing was half-written.")
    (small_disk / "ballast").unlink(missing_ok=True)
    require_whole(small_disk / "store.db", "h", int(acknowledged))


def test_full_disk_at_the_first_opening(small_disk):
    if small_disk is None:
        pytest.skip("only root may mount a small disk")
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    with pytest.raises(StoreError, match="disk is full"):
        open_store(small_disk / ".nbmlops" / "store.db")
    ballast.unlink()
    with open_store(small_disk / ".nbmlops" / "store.db") as store:
        assert store.check() == ()


def test_interrupt_rolls_back(store, make_history):
    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.histories.begin(make_history())
        raise KeyboardInterrupt
    assert store.histories.list_headers() == ()
    store.histories.begin(make_history())


def test_rollback_journal(path, make_history):
    with open_store(path) as store:
        store.histories.begin(make_history())
    database = Database(path, journal="delete")
    assert database.row("pragma journal_mode") == ("delete",)
    with database.transaction(durable=True) as connection:
        connection.execute("update histories set ended = '2027'")
    assert [file.name for file in path.parent.glob("store.db*")] == ["store.db"]
    database.close()
    with open_store(path) as store:
        assert store.histories.header(make_history().id).ended == "2027"
