"""What a caller of the service may get wrong: 422 with what is wrong where, and the service goes on."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request

import psutil
import pytest

from nbmlops.processes.server import choose_port
from tests.bad_input.desk import find_alive

ROW = {"age": 30, "hours": 40.5, "kind": "a"}
REFUSED = {
    "a column lacks": ({"age": 30}, ["hours", "missing"]),
    "all lack": ({}, ["age", "hours", "kind"]),
    "a column too many": ({**ROW, "extra": 1}, ["extra", "no such column"]),
    "text for a number": ({**ROW, "age": "thirty"}, ["age", "a text is no integer"]),
    "digits in quotes": ({**ROW, "age": "30"}, ["age"]),
    "a fraction": ({**ROW, "age": 30.5}, ["age", "with a point is no integer"]),
    "null": ({**ROW, "age": None}, ["age", "null"]),
    "no category": (
        {**ROW, "kind": "zzz"},
        ["kind", "a category that the training data does not have: a, b, c"],
    ),
    "a number for text": ({**ROW, "kind": 5}, ["kind"]),
    "true for a number": ({**ROW, "hours": True}, ["hours"]),
    "too large": ({**ROW, "age": 10**30}, ["age"]),
    "a list": ({**ROW, "age": [1]}, ["age"]),
    "the second row": ({"rows": [ROW, {**ROW, "age": "x"}]}, ['"row": 1', "age"]),
    "rows of no objects": ({"rows": [1]}, ["object"]),
    "a bare list": ([ROW], ["rows"]),
    "null alone": (None, ["rows"]),
    "no json": (b"{nope", ["JSON"]),
    "nothing": (b"", ["JSON"]),
    "no text": (b"\xff\xfe", ["JSON"]),
    "not a number": (b'{"age": NaN, "hours": 1, "kind": "a"}', ["age"]),
    "too deep": (b"[" * 100_000, ["deep"]),
}


def ask(url, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url + "/predict", content, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=600) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


@pytest.fixture(scope="module")
def service(stocked):
    port = choose_port()
    child = stocked.start("serve", "income", "--port", str(port))
    said = ""
    while "answers" not in said:
        heard = child.stderr.readline()
        assert heard, said
        said += heard
    yield child, f"http://127.0.0.1:{port}"
    if child.poll() is None:
        child.terminate()
    child.communicate(timeout=600)


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_request_is_answered_with_422(service, case):
    body, parts = REFUSED[case]
    status, answer = ask(service[1], body)
    assert status == 422, answer
    detail = json.dumps(json.loads(answer)["detail"], ensure_ascii=False)
    for part in parts:
        assert part in detail
    assert "Traceback" not in detail


def test_a_right_request_is_answered_after_all_of_them(service):
    status, answer = ask(service[1], ROW)
    assert status == 200
    assert len(json.loads(answer)["predictions"]) == 1


def test_a_port_that_is_taken_is_said(service, stocked):
    port = service[1].rpartition(":")[2]
    stocked.type("serve", "income", "--port", port).refuses(f"Port {port}", "already in use", "--port")


def test_a_service_that_is_terminated_leaves_nobody_behind(service):
    child, url = service
    helpers = psutil.Process(child.pid).children(recursive=True)
    assert helpers
    child.send_signal(signal.SIGTERM)
    output, errors = child.communicate(timeout=600)
    assert (child.returncode, output) == (143, "")
    assert errors.splitlines()[-1] == "nbmlops: Terminated."
    assert "Traceback" not in errors
    assert find_alive(helpers) == []
    with pytest.raises(urllib.error.URLError):
        ask(url, ROW)
