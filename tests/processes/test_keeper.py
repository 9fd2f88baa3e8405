"""The keeper: what it runs ends with whoever started it, and its code is passed on."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nbmlops.processes.child import ProgramError, end_group, open_child, python_command
from nbmlops.processes.server import choose_port, start_server

# Says that it is up, then waits; the words behind it say how it takes a request to end.
WAITING = """
import os, signal, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "tidy" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: (print("tidied", flush=True), os._exit(5)))
print(os.getpid(), flush=True)
time.sleep(600)
"""
HASTY = "import sys; from nbmlops.processes import keeper; keeper._GRACE = 0.2; "
HASTY += "keeper._end_alike(keeper.keep_program(sys.argv[1:]))"
# A parent that dies as a killed kernel does, without a word to what it started.
PARENT = """
import os, signal, sys
from pathlib import Path
from nbmlops.processes.child import python_command
from nbmlops.processes.server import choose_port, start_server
port = choose_port()
command = python_command("-m", "http.server", str(port), "--bind", "127.0.0.1")
server = start_server(command, cwd=".", port=port, log=Path("log"), tied=True)
print(server.child.pid, port, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def start(tmp_path):
    started = []

    def start_keeper(*command, keeper=("-m", "nbmlops.processes.keeper")):
        pipe = subprocess.PIPE
        words = python_command(*keeper, *command)
        child = open_child(words, cwd=tmp_path, env=None, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT)
        started.append(child)
        return child

    yield start_keeper
    for child in started:
        end_group(child)
        child.stdin.close()
        child.stdout.close()


def read_number(child):
    return int(child.stdout.readline())


def is_gone(process):
    """A process that is gone, or dead and waiting for whoever collects it."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def await_gone(process):
    until = time.monotonic() + 600
    while not is_gone(process):
        assert time.monotonic() < until, f"{process} is still there"
        time.sleep(0.02)


@pytest.mark.parametrize("code", [0, 1, 7])
def test_the_code_is_passed_on(start, code):
    child = start(sys.executable, "-c", f"raise SystemExit({code})")
    assert child.wait(600) == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1])
def test_a_signal_that_ended_it_is_passed_on(start, number):
    child = start(sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(number)})")
    assert child.wait(600) == -number


def test_what_it_prints_and_is_given_is_its_own(start):
    child = start(sys.executable, "-c", "import sys; print(sys.argv[1:], sys.stdin.read())", "a b", "--c")
    assert child.stdout.readline() == b"['a b', '--c'] \n"
    assert child.wait(600) == 0


def test_it_ends_when_whoever_started_it_lets_go(start):
    child = start(sys.executable, "-c", WAITING, "tidy")
    process = read_number(child)
    child.stdin.close()
    assert child.wait(600) == 5
    assert child.stdout.read() == b"tidied\n"
    await_gone(process)


def test_one_that_will_not_end_is_made_to(start):
    child = start(sys.executable, "-c", WAITING, "stubborn", keeper=("-c", HASTY))
    process = read_number(child)
    child.stdin.close()
    assert child.wait(600) == -signal.SIGKILL
    await_gone(process)


def test_what_is_written_to_it_ends_nothing(start):
    child = start(sys.executable, "-c", WAITING)
    process = read_number(child)
    child.stdin.write(b"a line\n" * 5000)
    child.stdin.flush()
    assert not is_gone(process)
    child.stdin.close()
    assert child.wait(600) == -signal.SIGTERM


def test_whoever_ends_the_group_gets_the_programs_own_code(start):
    child = start(sys.executable, "-c", WAITING, "tidy")
    process = read_number(child)
    assert end_group(child, grace=60) == 5
    await_gone(process)


def test_a_keeper_that_is_killed_leaves_nothing_in_its_group(start):
    child = start(sys.executable, "-c", WAITING, "stubborn")
    process = read_number(child)
    os.kill(child.pid, signal.SIGKILL)
    end_group(child)
    await_gone(process)


def test_a_program_that_is_not_there_is_named(start):
    child = start("/no/such/program")
    assert child.wait(600) == 127
    said = child.stdout.read().decode()
    assert "'/no/such/program' could not be started" in said
    assert "Traceback" not in said


def test_a_tied_server_that_ends_at_once_gives_its_log(tmp_path):
    code = "print('no such model'); raise SystemExit(4)"
    with pytest.raises(ProgramError, match=r"(?s)ended with code 4.*no such model"):
        start_server(python_command("-c", code), cwd=tmp_path, port=choose_port(), tied=True)


def test_a_tied_server_leaves_no_log_behind(tmp_path):
    port = choose_port()
    command = python_command("-m", "http.server", str(port), "--bind", "127.0.0.1")
    with start_server(command, cwd=tmp_path, port=port, tied=True) as server:
        assert server.log.exists()
    assert not server.running
    assert server.child.returncode == -signal.SIGTERM
    assert not server.log.parent.exists()


def test_a_tied_server_ends_with_a_parent_that_was_killed(tmp_path):
    done = subprocess.run([sys.executable, "-c", PARENT], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    keeper, port = map(int, done.stdout.split())
    await_gone(keeper)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
