"""A version that is tried: its answers beside the notebook's own, and a service that fails in every way."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request

import pytest

from nbmlops.core.overview import Answered, Example, Offered
from nbmlops.core.value import Signature, SignatureField
from nbmlops.errors import NbmlopsError
from nbmlops.lifecycle.trying import Service, start_trying
from nbmlops.processes.child import ProgramError, python_command
from nbmlops.processes.server import choose_port, start_server

# Answers every request with the same bytes, and then closes the connection.
ODD = """
import ast, socket, sys
said = ast.literal_eval(sys.argv[2])
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        connection, _ = server.accept()
        with connection:
            if connection.recv(65536):
                connection.sendall(said)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
"""
OFFERED = Offered(
    "odd@1",
    Signature((SignatureField("x", "float64", "number"),), ()),
    (
        Example({"x": 1.5}, "yes"),
        Example({"x": float(2**53)}, 0.1 + 0.2),
        Example({"x": -1.0}, None, "dropna() drops it"),
    ),
)


@pytest.fixture
def start_odd(tmp_path):
    started = []

    def start(said):
        port = choose_port()
        command = python_command("-c", ODD, str(port), repr(said))
        service = Service(start_server(command, cwd=tmp_path, port=port), OFFERED)
        started.append(service)
        return service

    yield start
    for service in started:
        service.stop()


def reply(body, status="200 OK"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def test_an_answer_is_compared_to_the_last_bit(start_odd):
    service = start_odd(reply({"predictions": [0.1 + 0.2]}))
    same = service.ask({"x": float(2**53)})
    assert (same.status, same.expected, same.same) == (200, 0.1 + 0.2, True)
    assert start_odd(reply({"predictions": [0.3]})).ask({"x": float(2**53)}).same is False
    unknown = service.ask({"x": 1.25})
    assert (unknown.expected, unknown.same) == (None, None)


def test_a_dropped_row_has_to_be_refused(start_odd):
    refused = start_odd(reply({"detail": []}, "422 Unprocessable Content")).ask({"x": -1.0})
    assert (refused.status, refused.expected, refused.same) == (422, "dropna() drops it", True)
    answered = start_odd(reply({"predictions": ["yes"]})).ask({"x": -1.0})
    assert (answered.status, answered.same) == (200, False)


@pytest.mark.parametrize(
    "said",
    [
        reply({"detail": "no"}, "500 Internal Server Error"),
        reply(b"<html>\xff busy</html>", "503 Service Unavailable"),
        reply({"predictions": []}),
        reply({"predictions": ["yes", "yes"]}),
        reply({"predictions": "yes"}),
        reply({"answer": "yes"}),
        reply(["yes"]),
        reply(b"yes"),
        reply(b""),
    ],
)
def test_another_answer_is_never_the_same(start_odd, said):
    answered = start_odd(said).ask({"x": 1.5})
    assert isinstance(answered, Answered)
    assert (answered.expected, answered.same) == ("yes", False)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_service_that_breaks_off_is_told(start_odd, said):
    service = start_odd(said)
    for ask in (lambda: service.ask({"x": 1.5}), service.read_metrics):
        with pytest.raises(ProgramError, match=f"The service at {service.url} does not answer"):
            ask()
    assert service.running


def test_figures_are_text_or_nothing(start_odd):
    assert start_odd(reply(b"requests_total 3\n")).read_metrics() == "requests_total 3\n"
    assert start_odd(reply({"detail": "Not Found"}, "404 Not Found")).read_metrics() is None
    assert start_odd(reply({"requests": 3})).read_metrics() is None


def test_a_service_that_was_killed_says_so(start_odd):
    service = start_odd(reply({"predictions": ["yes"]}))
    os.kill(service._server.child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, service._server.child.pid, os.WEXITED | os.WNOWAIT)
    assert not service.running
    with pytest.raises(ProgramError, match=r"does not answer: .*\n?.*Start it again"):
        service.ask({"x": 1.5})
    service.stop()
    service.stop()


def test_a_version_is_tried_as_the_notebook_would_answer(champion_store):
    said = []
    service = start_trying(champion_store, "income", said.append)
    try:
        assert said[-1].startswith("starting 'income' version 1")
        assert service.running and service.offered.ref == "income@1"
        names = {field.name for field in service.offered.signature.inputs}
        for example in service.offered.examples[:8]:
            assert set(example.row) <= names
            assert service.ask(example.row).same is True
        row = {**service.offered.examples[0].row, "age": "old"}
        refused = service.ask(row)
        assert (refused.status, refused.same) == (422, None)
        assert "_seconds_count" in (service.read_metrics() or "")
    finally:
        service.stop()
    assert not service.running
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(service.url, timeout=5)


def test_a_version_that_is_not_there(champion_store):
    for ref in ("outcome", "income@9", "income@nobody"):
        with pytest.raises(NbmlopsError, match="income"):
            start_trying(champion_store, ref)
