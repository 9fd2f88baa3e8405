from __future__ import annotations

import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from nbmlops.processes.child import ProgramError, python_command
from nbmlops.processes.server import choose_port, start_server

STUBBORN = """
import signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        server.accept()[0].close()
"""


def serve_folder(folder: Path, port: int) -> list[str]:
    return python_command("-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder))


def test_a_server_answers_until_it_is_stopped(tmp_path):
    (tmp_path / "word.txt").write_text("hello")
    port = choose_port()
    with start_server(serve_folder(tmp_path, port), cwd=tmp_path, port=port) as server:
        assert server.running
        with urllib.request.urlopen(f"{server.url}/word.txt") as answer:
            assert answer.read() == b"hello"
    assert not server.running
    assert server.child.returncode == -signal.SIGTERM
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_server_that_will_not_end_is_made_to(tmp_path):
    port = choose_port()
    server = start_server(python_command("-c", STUBBORN, str(port)), cwd=tmp_path, port=port)
    assert server.stop(grace=0.2) == -signal.SIGKILL
    assert server.stop() == -signal.SIGKILL


def test_a_server_that_ends_at_once_gives_its_log(tmp_path):
    code = "print('no such model'); raise SystemExit(4)"
    with pytest.raises(ProgramError, match=r"(?s)ended with code 4.*no such model"):
        start_server(python_command("-c", code), cwd=tmp_path, port=choose_port())


def test_a_server_that_never_answers_is_ended(tmp_path):
    log = tmp_path / "log"
    with pytest.raises(ProgramError, match=r"did not answer on port \d+ within 0.3 seconds"):
        start_server(
            python_command("-c", "import time; time.sleep(600)"),
            cwd=tmp_path,
            port=choose_port(),
            timeout=0.3,
            log=log,
        )
    assert log.exists()


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ProgramError, match=f"Port {port} of '127.0.0.1' is already in use"):
            start_server(serve_folder(tmp_path, port), cwd=tmp_path, port=port)


def test_waiting_for_a_server_returns_its_code(tmp_path):
    code = (
        "import socket, sys\n"
        "with socket.create_server(('127.0.0.1', int(sys.argv[1]))) as server:\n"
        "    server.accept()\n"
        "raise SystemExit(5)"
    )
    port = choose_port()
    assert start_server(python_command("-c", code, str(port)), cwd=tmp_path, port=port).wait() == 5
