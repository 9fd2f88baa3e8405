"""The service answers raw rows as the notebook's model does, and refuses others in plain words."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nbmlops.package.build import serve_package
from nbmlops.processes.child import python_command
from nbmlops.processes.server import Server, choose_port, start_server


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the served predictions are logged."""
    return tmp_path_factory.mktemp("log") / "predictions.jsonl"


@pytest.fixture(scope="module")
def server(census, log) -> Iterator[Server]:
    """The census package, served on a free port of loopback."""
    port = choose_port()
    command = python_command("-m", "income_model", "serve", "--port", str(port))
    environment = os.environ | {"PREDICTION_LOG": str(log), "MAX_BODY_BYTES": "200000"}
    with start_server(command, cwd=census.path, port=port, env=environment) as running:
        yield running


@pytest.fixture(scope="module")
def rows(census) -> list[dict[str, Any]]:
    """The first raw rows as a caller would send them: all columns but the label."""
    raw = pd.read_csv(census.parameters["adult"], nrows=60).drop(columns="income")
    return json.loads(raw.to_json(orient="records"))


def ask(server: Server, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Send a request and return the status and the JSON of the answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection = http.client.HTTPConnection(server.host, server.port, timeout=600)
    connection.request(method, path, content if method == "POST" else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert b"Traceback" not in text
    return answer.status, json.loads(text)


def find_kept(census, rows) -> list[int]:
    return [n for n in range(len(rows)) if n in census.namespace["X"].index]


def test_answers_are_the_models_own(census, server, rows):
    kept = find_kept(census, rows)
    features = census.namespace["X"].loc[kept]
    model = census.namespace["model"]
    status, content = ask(server, "POST", "/predict", {"rows": [rows[n] for n in kept]})
    assert status == 200
    assert content["predictions"] == model.predict(features).tolist()
    assert (content["model"], content["version"]) == ("income", 3)
    status, content = ask(server, "POST", "/predict_proba", rows[kept[0]])
    assert [list(p.values()) for p in content["probabilities"]] == model.predict_proba(features[:1]).tolist()
    assert list(content["probabilities"][0]) == list(model.classes_)


def test_dropped_row_is_refused_with_its_statement(census, server, rows):
    lost = next(n for n in range(len(rows)) if n not in find_kept(census, rows))
    status, content = ask(server, "POST", "/predict", {"rows": [rows[0], rows[lost]]})
    assert status == 422
    assert [p["row"] for p in content["detail"]] == [1]
    assert 'data = data.dropna(subset=["native_country"])' in content["detail"][0]["problem"]


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"age": "old"}, "age", "integer"),
        ({"age": 3.5}, "age", "integer"),
        ({"age": True}, "age", "integer"),
        ({"age": None}, "age", "never missing"),
        ({"age": 2**70}, "age", "range"),
        ({"age": float("nan")}, "age", "integer"),
        ({"hours_per_week": float("inf")}, "hours_per_week", "integer"),
        ({"sex": "female"}, "sex", "category"),
        ({"sex": 1}, "sex", "text"),
        ({"sex": ["Male"]}, "sex", "text"),
        ({"native_country": {}}, "native_country", "text"),
        ({"shoe_size": 44}, "shoe_size", "no such column"),
        ({"fnlwgt": "heavy"}, "fnlwgt", "integer"),
    ],
)
def test_wrong_field_is_named(server, rows, change, field, word):
    status, content = ask(server, "POST", "/predict", {"rows": [rows[0], rows[0] | change]})
    assert status == 422
    (problem,) = content["detail"]
    assert (problem["row"], problem["field"]) == (1, field)
    assert word in problem["problem"]


def test_missing_field_is_named_unless_it_is_idle(server, rows):
    for field in rows[0]:
        status, content = ask(server, "POST", "/predict", {k: v for k, v in rows[0].items() if k != field})
        if field in ("fnlwgt", "education", "capital_loss"):
            assert status == 200
        else:
            assert (status, content["detail"][0]["field"]) == (422, field)


def test_missing_value_is_answered_where_training_had_some(census, server, rows):
    unknown = rows[0] | {"workclass": None, "occupation": None}
    status, content = ask(server, "POST", "/predict", unknown)
    assert status == 200
    assert content["predictions"][0] in ("<=50K", ">50K")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"3",
        b'"row"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"age": 1, "age": 2}',
        b'{"rows": 3}',
    ],
)
def test_body_without_rows_is_422(server, body):
    status, content = ask(server, "POST", "/predict", body)
    assert status == 422
    assert content["detail"]


def test_rows_that_are_no_objects_are_422(server):
    status, content = ask(server, "POST", "/predict", {"rows": [1, None]})
    assert status == 422
    assert [p["row"] for p in content["detail"]] == [0, 1]


def test_no_rows_are_answered_by_none(server):
    assert ask(server, "POST", "/predict", {"rows": []})[1]["predictions"] == []


def test_long_body_is_413(server, rows):
    assert ask(server, "POST", "/predict", {"rows": rows * 40})[0] == 413


def test_states_are_told(census, server):
    assert ask(server, "GET", "/health") == (200, {"status": "alive"})
    assert ask(server, "GET", "/ready") == (200, {"status": "ready"})
    assert ask(server, "GET", "/version")[1]["version"] == 3
    inputs = ask(server, "GET", "/schema")[1]["inputs"]
    assert [item["name"] for item in inputs] == [f.name for f in census.cut.signature.inputs]


def test_predictions_are_logged_for_their_owner_only(census, rows, tmp_path):
    log = tmp_path / "own" / "log.jsonl"
    port = choose_port()
    command = python_command("-m", "income_model", "serve", "--port", str(port))
    environment = os.environ | {
        "PREDICTION_LOG": str(log),
        "PREDICTION_LOG_BYTES": "2000",
        "API_KEY": "s3cret",
    }
    kept = find_kept(census, rows)[:8]
    with start_server(command, cwd=census.path, port=port, env=environment) as server:
        assert ask(server, "POST", "/predict", rows[0])[0] == 401
        assert ask(server, "GET", "/schema", **{"X-API-Key": "wrong"})[0] == 401
        given = [ask(server, "POST", "/predict", rows[n], Authorization="Bearer s3cret")[1] for n in kept]
        ask(server, "POST", "/predict", rows[0] | {"age": None}, Authorization="Bearer s3cret")
        server.stop()
    files = [log, *(log.with_name(f"log.jsonl.{n}") for n in range(1, 6))]
    lines = [json.loads(line) for f in reversed(files) if f.exists() for line in f.read_text().splitlines()]
    assert len([f for f in files if f.exists()]) > 1
    assert [line["id"] for line in lines] == [content["ids"][0] for content in given]
    assert [line["row"] for line in lines] == [rows[n] for n in kept]
    assert [line["prediction"] for line in lines] == [content["predictions"][0] for content in given]
    assert {(line["model"], line["version"]) for line in lines} == {("income", 3)}
    assert {stat.S_IMODE(f.stat().st_mode) for f in files if f.exists()} == {0o600}


def test_serving_beyond_loopback_needs_a_key(census):
    done = subprocess.run(
        [sys.executable, "-m", "income_model", "serve", "--host", "0.0.0.0"],
        cwd=census.path,
        env={k: v for k, v in os.environ.items() if k != "API_KEY"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["model.pkl", "rows.py", "learned.pkl", "signature.json"])
def test_damaged_file_is_named_and_not_loaded(census, tmp_path, name):
    place = tmp_path / "dist"
    shutil.copytree(census.path, place)
    file = place / "income_model" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    done = subprocess.run(
        [sys.executable, "-m", "income_model", "score", "x", "y"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_file_is_scored_line_by_line(census, rows, tmp_path):
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    subprocess.run(
        [sys.executable, "-m", "income_model", "score", str(source), str(tmp_path / "out.jsonl")],
        cwd=census.path,
        check=True,
    )
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    kept = find_kept(census, rows)
    wanted = dict(zip(kept, census.namespace["model"].predict(census.namespace["X"].loc[kept]), strict=True))
    assert [a["prediction"] for a in answers] == [wanted.get(n) for n in range(len(rows))]
    lost = [n for n in range(len(rows)) if n not in kept]
    rejects = [json.loads(line) for line in (tmp_path / "out.jsonl.rejects.jsonl").read_text().splitlines()]
    assert [reject["row"] for reject in rejects] == lost
    assert "native_country" in rejects[0]["problems"][0]["problem"]
    assert rejects[0]["values"] == rows[lost[0]]


def test_package_is_served_by_one_call(census):
    with serve_package(census.path) as server:
        assert ask(server, "GET", "/ready")[0] == 200
        assert server.running
    for _ in range(6000):
        if not server.running:
            break
        time.sleep(0.05)
    assert not server.running
