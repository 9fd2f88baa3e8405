"""Workers: bytes go out and come back, and nothing is left behind when either side ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nbmlops.processes.workers import LocalWorkers

CODE = """
import os, sys
sys.path[:] = {path!r}
from nbmlops.processes.workers import DONE, LAST, REPORTS, STOP, serve_wire
wire = serve_wire()
start = wire.receive()
print("nobody reads this")
while True:
    task = wire.receive()
    if task == b"ask":
        wire.send(REPORTS + b"7")
        wire.send(DONE + (b"stopped" if wire.receive() == STOP else b"went on"))
    elif task == b"spin":
        with open("up", "w") as file:
            file.write(str(os.getpid()))
        while True:
            pass
    elif task == b"die":
        print("last words", file=sys.stderr)
        os.kill(os.getpid(), 9)
    else:
        wire.send((LAST if task == b"last" else DONE) + start + task + str(os.getpid()).encode())
"""


@pytest.fixture
def workers(tmp_path):
    command = [sys.executable, "-c", CODE.format(path=sys.path)]
    made = LocalWorkers(command, 2, b"s" * 100_000, str(tmp_path), os.environ)
    yield made
    made.close()


def take(workers, count):
    found = []
    until = time.monotonic() + 600
    while len(found) < count:
        assert time.monotonic() < until
        found += workers.wait(1.0)
    return {event.number: event for event in found}


def test_a_worker_is_used_again(workers):
    workers.submit(1, b"a")
    first = take(workers, 1)[1]
    workers.submit(2, b"b")
    second = take(workers, 1)[2]
    assert first.content.startswith(b"s" * 100_000 + b"a")
    assert first.content[100_001:] == second.content[100_001:]


def test_one_that_wants_to_end_is_not(workers):
    workers.submit(1, b"last")
    first = take(workers, 1)[1]
    workers.submit(2, b"last")
    assert first.content != take(workers, 1)[2].content


def test_a_report_is_answered(workers):
    workers.submit(1, b"ask")
    assert (take(workers, 1)[1].kind, workers.reply(1, stop=True)) == ("reports", None)
    assert take(workers, 1)[1].content == b"stopped"


def test_one_that_dies_is_told_with_its_last_words(workers):
    workers.submit(1, b"die")
    workers.submit(2, b"a")
    found = take(workers, 2)
    assert found[2].kind == "done"
    assert found[1].kind == "lost" and found[1].content == b"its worker was ended by SIGKILL\nlast words"


PARENT = """
import os, sys
sys.path[:] = {path!r}
from nbmlops.processes.workers import LocalWorkers
workers = LocalWorkers([sys.executable, "-c", {code!r}], 1, b"", ".", os.environ)
workers.submit(1, b"spin")
workers.wait(60)
"""


def test_workers_end_with_us(tmp_path):
    script = PARENT.format(path=sys.path, code=CODE.format(path=sys.path))
    nothing = subprocess.DEVNULL
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stdout=nothing, stderr=nothing)
    until = time.monotonic() + 600
    up = tmp_path / "up"
    while not up.exists() or not up.read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    while read_command(up.read_text()):
        assert time.monotonic() < until
        time.sleep(0.05)


def read_command(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
