"""Packages of several kinds of models keep people's texts to themselves, and stand whatever they are sent."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbmlops.monitor.reference import make_reference
from nbmlops.package.build import build_package
from nbmlops.package.cut import cut_rows
from nbmlops.package.rowcut import Origin
from nbmlops.processes.child import python_command
from nbmlops.processes.server import Server, choose_port, start_server
from nbmlops.values.codec import save_value
from tests.package.models.asking import ask_schemathesis
from tests.package.models.malformed import MANY, ask_malformed

from .conftest import make_pieces, run_pieces

pytestmark = pytest.mark.slow

HEAD = """
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
# --
people = pd.read_csv(parameters.people)
# --
"""

MODELS = {
    "linear": """
people["income"] = people["income"].fillna(people["income"].mean())
# --
X = people[["age", "income"]]
y = people["spent"]
# --
model = LinearRegression()
# --
model.fit(X, y)
""",
    "pipeline": """
columns = ColumnTransformer([("n", StandardScaler(), ["age"]), ("c", OneHotEncoder(), ["city"])])
# --
model = make_pipeline(columns, LogisticRegression())
# --
model.fit(people[["age", "city"]], people["churn"])
""",
    "tree": """
people["when"] = pd.to_datetime(people["when"])
people["month"] = people["when"].dt.month
X = pd.get_dummies(people[["age", "city", "month"]])
y = people["churn"]
# --
model = DecisionTreeClassifier(max_depth=4, random_state=0)
# --
model.fit(X, y)
""",
}


@dataclass(frozen=True)
class Served:
    """A package that is served, and the texts that must be nowhere in it."""

    server: Server
    path: Path
    output: Path
    log: Path
    canaries: list[str]
    golden: list[dict[str, Any]]


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> tuple[Path, list[str]]:
    """A table of 400 people with names, IBANs and addresses, 200 of each unlike any other text."""
    dice = np.random.default_rng(4)
    rows = 400
    kinds = ("name", "iban", "mail")
    canaries = {kind: [f"{kind}Canary{n:03}x{dice.integers(1e9)}" for n in range(200)] for kind in kinds}
    frame = pd.DataFrame(
        {kind: [texts[n % 200] for n in range(rows)] for kind, texts in canaries.items()}
        | {
            "age": dice.integers(18, 80, rows),
            "income": dice.normal(50, 20, rows).round(2),
            "city": dice.choice(["Rome", "Oslo", "Bern"], rows),
            "when": pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(dice.integers(0, 300, rows), "D")),
            "churn": dice.integers(0, 2, rows),
        }
    )
    frame["spent"] = (frame["age"] * 3.1 + frame["income"].fillna(50) / 7).round(3)
    frame.loc[::17, "income"] = np.nan
    place = tmp_path_factory.mktemp("people") / "people.csv"
    frame.to_csv(place, index=False)
    return place, [text for texts in canaries.values() for text in texts]


@pytest.fixture(scope="module", params=MODELS)
def served(request, people, tmp_path_factory) -> Iterator[Served]:
    """Each model, packaged and served with a prediction log."""
    home = tmp_path_factory.mktemp(request.param)
    pieces, parameters = make_pieces(HEAD.strip("\n") + MODELS[request.param]), {"people": str(people[0])}
    estimator = save_value(run_pieces(pieces, parameters)["model"])
    cut = cut_rows(pieces, "model", parameters, home, estimator)
    origin = Origin(inputs=(("people.csv", "0" * 64),), reference=make_reference(cut.reference))
    record = build_package(
        cut, estimator, request.param, 1, home / "dist", ["docker", "github"], origin=origin
    )
    port, output, log = choose_port(), home / "output", home / "predictions.jsonl"
    command = python_command("-m", record.module, "serve", "--port", str(port))
    environment = os.environ | {"PREDICTION_LOG": str(log)}
    golden = json.loads((home / "dist" / "tests" / "golden.json").read_text())
    with start_server(command, cwd=home / "dist", port=port, env=environment, log=output) as server:
        yield Served(server, home / "dist", output, log, people[1], golden)


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes = b""
) -> tuple[int, bytes]:
    connection.request(method, path, body or None, {"content-type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.fixture
def connection(served) -> Iterator[http.client.HTTPConnection]:
    """A connection that is kept."""
    opened = http.client.HTTPConnection(served.server.host, served.server.port, timeout=600)
    yield opened
    opened.close()


def test_nobodys_text_is_anywhere(served, connection):
    told = [ask(connection, "GET", p)[1] for p in ("/schema", "/openapi.json", "/metrics", "/version")]
    rows = [case["row"] for case in served.golden]
    status, answer = ask(connection, "POST", "/predict", json.dumps({"rows": rows}).encode())
    assert status == 200
    told += [answer, ask(connection, "POST", "/predict", b'{"age": "x"}')[1]]
    files = [path.read_bytes() for path in served.path.rglob("*") if path.is_file()]
    whole = b"\n".join([*told, *files, served.output.read_bytes(), served.log.read_bytes()])
    assert len(files) > 20
    assert [canary for canary in served.canaries if canary.encode() in whole] == []


def test_answers_are_the_golden_ones(served, connection):
    for case in served.golden:
        status, answer = ask(connection, "POST", "/predict", json.dumps(case["row"]).encode())
        assert (status, json.loads(answer)["predictions"]) == (200, [case["prediction"]])


def test_service_stands_ten_thousand_malformed_bodies(served):
    assert sum(ask_malformed(served.server, served.golden).values()) == MANY


def test_schemathesis_finds_no_fault(served, tmp_path):
    """No 5xx, no status or content type or body that the description does not have."""
    ask_schemathesis(served.server.url, tmp_path, 60)
