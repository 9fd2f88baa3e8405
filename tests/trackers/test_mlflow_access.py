"""Who one is comes from the environment and goes nowhere else; what was redacted stays so."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import os
import threading

import pytest

from nbmlops.api.exchanging import pull_runs, push_runs
from nbmlops.capture.secrecy import Secrecy
from nbmlops.core.clock import new_id
from nbmlops.errors import TrackerError, UsageError
from nbmlops.faces.cli import main
from nbmlops.store.opening import open_store
from nbmlops.trackers.mlflow import MlflowServer
from tests.capture.recorded_shell import record_cells

TOKEN = "tok-8c1fe0aa7cb14d6f"
SECRET = "AKIAIOSFODNN7EXAMPLQ"


@contextlib.contextmanager
def answering(code, said=b"{}"):
    """Answer every request with a code; yield the address and the headers that came."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            self.send_response(code)
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


@pytest.mark.parametrize(
    ("code", "body", "said"),
    [
        (401, "who are you, {}?", "refuses"),
        (403, '{{"error_code": "PERMISSION_DENIED", "message": "not {}"}}', "refuses"),
        (404, "<html>no {} here</html>", "No MLflow server answers"),
        (400, '{{"error_code": "INVALID_PARAMETER_VALUE", "message": "not {}"}}', "did not take it"),
    ],
)
def test_a_refusal_is_told_without_the_token(make_store, monkeypatch, capsys, code, body, said):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    store = make_store("here", filled=False)
    with answering(code, body.format(TOKEN).encode()) as (uri, seen):
        assert main(["push", "mlflow", uri, "--store", str(store)]) == 3
        told = capsys.readouterr()
    assert said in told.err
    assert TOKEN not in told.err + told.out
    assert any(TOKEN in headers.get("Authorization", "") for headers in seen)
    assert TOKEN.encode() not in store.read_bytes()


def test_nobody_answers(make_store, capsys):
    store = make_store("here")
    before = dict(os.environ)
    for verb in ("push", "pull"):
        assert main([verb, "mlflow", "http://127.0.0.1:9", "--store", str(store)]) == 3
        assert "No MLflow server answers at 'http://127.0.0.1:9'" in capsys.readouterr().err
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    "uri",
    ["sqlite:///x.db", "mlruns", "ftp://host", "http://", "databricks", "http://[::1", "http://h:99999"],
)
def test_what_is_no_address_is_told(make_store, uri):
    with pytest.raises(UsageError):
        push_runs("mlflow", uri, store=make_store("here", filled=False))


def test_an_address_with_a_password_is_refused(make_store, capsys):
    store = make_store("here")
    for uri in ("http://me:hunter22@127.0.0.1:9", "ftp://me:hunter22@host"):
        with pytest.raises(UsageError) as told:
            push_runs("mlflow", uri, store=store)
        assert "hunter22" not in str(told.value)
    assert b"hunter22" not in store.read_bytes()


def test_what_an_address_asks_for_is_not_kept():
    place = MlflowServer("http://127.0.0.1:9/mlflow/?token=abc#x")
    place.close()
    assert place.place == "mlflow http://127.0.0.1:9/mlflow"


def test_what_was_redacted_stays_here(server, make_store):
    cells = (
        "from sklearn.linear_model import LogisticRegression\nX, y = [[1], [2], [3], [4]], [0, 1, 0, 1]",
        f"api_key = '{SECRET}'\nmodel = LogisticRegression(C=0.5).fit(X, y)",
        "acc = model.score(X, y)",
    )
    history, contents, _ = record_cells(cells)
    secrecy = Secrecy()
    screened = [secrecy.screen(execution, contents) for execution in history.executions]
    path = make_store("here", filled=False)
    ended = "2026-01-01T00:00:00+00:00"
    with open_store(path) as store:
        store.contents.put_all(content for _, found in screened for content in found.values())
        executions = tuple(execution for execution, _ in screened)
        store.histories.begin(
            dataclasses.replace(history, id=new_id(), started=ended, ended=ended, executions=executions)
        )
    assert push_runs("mlflow", server.uri, store=path).new == 1
    kept = [server.database, *(p for p in (server.folder / "artifacts").rglob("*") if p.is_file())]
    assert any(b"LogisticRegression" in p.read_bytes() for p in kept)
    assert all(SECRET.encode() not in p.read_bytes() for p in kept)


def test_without_the_client_it_is_said_how_to_get_it(make_store, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mlflow.tracking", None)
    with pytest.raises(TrackerError, match=r"nbmlops\[mlflow\]"):
        pull_runs("mlflow", "http://127.0.0.1:9", store=make_store("here", filled=False))
