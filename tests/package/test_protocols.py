"""The service as platforms meet it: MLflow and SageMaker, OpenAPI, Prometheus, ECS logs, limits."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from nbmlops.processes.child import python_command
from nbmlops.processes.server import Server, choose_port, start_server

from .test_service import ask, find_kept, rows  # noqa: F401


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service's own output goes."""
    return tmp_path_factory.mktemp("output") / "out.log"


@pytest.fixture(scope="module")
def server(census, output) -> Iterator[Server]:
    """The census package, served, with room for 50 rows."""
    port = choose_port()
    command = python_command("-m", "income_model", "serve", "--port", str(port))
    with start_server(
        command, cwd=census.path, port=port, env=os.environ | {"MAX_ROWS": "50"}, log=output
    ) as running:
        yield running


@pytest.fixture(scope="module")
def some(census, rows) -> list[dict[str, Any]]:  # noqa: F811
    """Rows that the cleaning keeps."""
    return [rows[n] for n in find_kept(census, rows)[:9]]


def spell(key: str, some: list[dict[str, Any]]) -> tuple[bytes, str]:
    columns = list(some[0])
    values = [[row[name] for name in columns] for row in some]
    if key == "csv":
        lines = [columns, *[["" if v is None else str(v) for v in row] for row in values]]
        return "\n".join(",".join(line) for line in lines).encode(), "text/csv"
    spelled: Any = some
    if key == "dataframe_split":
        spelled = {"columns": columns, "data": values}
    if key == "inputs":
        spelled = {name: [row[name] for row in some] for name in columns}
    return json.dumps({key: spelled}).encode(), "application/json; charset=utf-8"


@pytest.mark.parametrize("key", ["dataframe_split", "dataframe_records", "instances", "inputs", "csv"])
def test_mlflow_spellings_get_the_same_answers(server, some, key):
    body, kind = spell(key, some)
    status, content = ask(server, "POST", "/invocations", body, **{"content-type": kind})
    assert status == 200
    wanted = ask(server, "POST", "/predict", {"rows": some})[1]["predictions"]
    assert content == {"predictions": wanted}


@pytest.mark.parametrize(
    ("body", "kind", "word"),
    [
        ({"dataframe_split": {"columns": ["age"], "data": [[1, 2]]}}, "application/json", "row 0"),
        ({"dataframe_split": {"columns": ["age", "age"], "data": [[1, 2]]}}, "application/json", "twice"),
        ({"dataframe_split": {"columns": [], "data": [], "index": {}}}, "application/json", "index"),
        ({"instances": [[1, 2]]}, "application/json", "no names"),
        ({"instances": [], "inputs": []}, "application/json", "exactly one"),
        ({"instances": [], "params": {"threshold": 1}}, "application/json", "params"),
        ({"inputs": {"age": [1], "sex": []}}, "application/json", "one length"),
        ({"rows": []}, "application/json", "exactly one"),
        ([], "application/json", "object"),
        (b"\xff", "text/csv", "UTF-8"),
        (b"", "text/csv", "empty"),
        (b"age,sex\n1", "text/csv", "row 0"),
        (b"age\n1_0", "text/csv", "age"),
        (b"{}", "text/csv", "no such column"),
        (b"<x/>", "application/xml", "content type"),
    ],
)
def test_other_bodies_are_refused_in_words(server, body, kind, word):
    status, content = ask(server, "POST", "/invocations", body, **{"content-type": kind})
    assert status == 422
    assert word in json.dumps(content)


def test_too_many_rows_are_413(server, some):
    status, content = ask(server, "POST", "/predict", {"rows": some[:1] * 51})
    assert (status, content["detail"]) == (413, "51 rows are more than 50")


def test_ping_is_what_platforms_ask(server):
    assert ask(server, "GET", "/ping") == (200, {"status": "ready"})


def test_described_row_is_what_is_accepted(server, some):
    document = ask(server, "GET", "/openapi.json")[1]
    row = document["components"]["schemas"]["Row"]
    for sent in some:
        jsonschema.validate(sent, row)
    assert row["properties"]["age"]["type"] == "integer"
    assert row["properties"]["sex"]["enum"] == ["Male", "Female"] or set(
        row["properties"]["sex"]["enum"]
    ) == {"Male", "Female"}
    assert row["additionalProperties"] is False
    for wrong in ({"age": None}, {"sex": "x"}, {"age": 1.5}, {"age": 2**64}, {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(some[0] | wrong, row)
        assert ask(server, "POST", "/predict", some[0] | wrong)[0] == 422


def test_figures_are_prometheus_own(server, some):
    before = read_figures(server)
    ask(server, "POST", "/predict", {"rows": some})
    ask(server, "POST", "/predict", some[0] | {"age": "x"})
    after = read_figures(server)
    grown = {key: value - before.get(key, 0.0) for key, value in after.items()}
    assert grown["model_rows_total", ""] == len(some)
    assert grown["model_refused_rows_total", ""] == 1
    assert grown["model_request_seconds_count", "/predict"] == 2
    assert grown["model_errors_total", "/predict"] == 1
    assert sum(v for (name, _), v in grown.items() if name == "model_predictions_total") == len(some)
    assert after["model_drift_index", "age"] >= 0
    assert after["model_drift_rows", ""] >= len(some)


def read_figures(server: Server) -> dict[tuple[str, str], float]:
    import urllib.request

    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        text = answer.read().decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = {k: v for k, v in sample.labels.items() if k not in ("model", "version", "worker")}
            if "le" not in labels and "status" not in labels:
                found[sample.name, "".join(labels.values())] = sample.value
    return found


def test_drift_shows_in_the_index(census, some):
    from nbmlops.package.runtime.drift import Drift

    reference = json.loads((census.path / "income_model" / "reference.json").read_text())["columns"]
    drift = Drift(reference)
    drift.count_rows([row | {"age": 20 + n % 5} for n, row in enumerate(some * 20)])
    measured = drift.measure()
    assert measured["age"] > 1
    assert all(sum(column["expected"]) == pytest.approx(1) for column in reference)


def test_own_output_is_ecs_without_any_value(server, output, some):
    ask(server, "POST", "/predict", some[0] | {"sex": "a-canary-value"})
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    told = [line for line in lines if line.get("url.path") == "/predict"]
    assert {"@timestamp", "log.level", "message", "ecs.version", "event.duration"} <= told[-1].keys()
    assert told[-1]["http.response.status_code"] == 422
    assert told[-1]["service.name"] == "income"
    assert "a-canary-value" not in output.read_text()


@pytest.mark.slow
def test_two_workers_answer_and_drain(census, some, tmp_path):
    port = choose_port()
    command = python_command("-m", "income_model", "serve", "--port", str(port), "--workers", "2")
    answers: list[int] = []
    with start_server(command, cwd=census.path, port=port, log=tmp_path / "log") as server:

        def ask_on() -> None:
            for _ in range(20):
                try:
                    answers.append(ask(server, "POST", "/predict", {"rows": some})[0])
                except OSError:
                    return

        threads = [threading.Thread(target=ask_on) for _ in range(3)]
        for thread in threads:
            thread.start()
        while len(answers) < 10:
            threads[0].join(0.01)
        os.kill(server.child.pid, signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert server.wait() == 0
    assert set(answers) == {200}
    assert len(set(re.findall(r"process \[(\d+)\]", (tmp_path / "log").read_text()))) >= 2
