"""Asking a package in its own environment: over HTTP, in a batch, and by schemathesis."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from nbmlops.lifecycle.demonstrating import ask_service
from nbmlops.processes.server import Server, choose_port, start_server
from tests.package.models.walk import ALONE, Packaged
from tests.targets.engines import make_environment

__all__ = ["ask_batch", "ask_http", "ask_schemathesis", "start_wheel"]

_CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection,unsupported_method"
)


def start_wheel(packaged: Packaged, python: Path, empty: Path) -> Server:
    """Start the service of an installed wheel in an empty folder."""
    port = choose_port()
    command = [str(python), "-m", packaged.module, "serve", "--port", str(port)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return start_server(command, cwd=empty, port=port, env=env, timeout=240)


def ask_http(packaged: Packaged, url: str) -> int:
    """Ask golden rows and the notebook's own, alone and together; AssertionError if one bit differs."""
    golden = [case for case in packaged.golden if case["dropped"] is None]
    path = "predict" if golden[0]["probabilities"] is None else "predict_proba"
    for case in golden:
        content = ask_service(url, path, case["row"]).content
        assert content["predictions"] == [case["prediction"]], case
        if case["probabilities"] is not None:
            assert list(content["probabilities"][0].values()) == case["probabilities"], case
    together = ask_service(url, path, {"rows": [case["row"] for case in golden]}).content
    assert together["predictions"] == [case["together"] for case in golden]
    truth, rows = packaged.truth, packaged.rows
    kept = [rows[label] for label in truth["labels"]]
    for row, wanted in zip(kept[:ALONE], truth["alone"], strict=True):
        assert ask_service(url, "predict", row).content["predictions"] == [wanted], row
    answered = ask_service(url, "predict", {"rows": kept}).content
    assert answered["predictions"] == truth["together"]
    return len(golden)


def ask_batch(packaged: Packaged, python: Path, source: Path, work: Path) -> None:
    """Score the notebook's own file and the golden rows; AssertionError if one bit differs."""
    answers = _score(packaged, python, source, work / "out.jsonl")
    kept = dict(zip(packaged.truth["labels"], packaged.truth["together"], strict=True))
    assert {number: a["prediction"] for number, a in enumerate(answers) if number in kept} == kept
    golden = [case for case in packaged.golden if case["dropped"] is None]
    lines = "".join(json.dumps(case["row"]) + "\n" for case in golden)
    (work / "golden.jsonl").write_text(lines, "utf-8")
    answers = _score(packaged, python, work / "golden.jsonl", work / "answered.jsonl")
    assert [a["prediction"] for a in answers] == [case["together"] for case in golden]


def _score(packaged: Packaged, python: Path, source: Path, wanted: Path) -> list[dict[str, Any]]:
    command = [str(python), "-m", packaged.module, "score", str(source), str(wanted)]
    subprocess.run(command, cwd=wanted.parent, check=True, capture_output=True)
    return [json.loads(line) for line in wanted.read_text("utf-8").splitlines()]


def ask_schemathesis(url: str, work: Path, examples: int = 25) -> None:
    """Let schemathesis look for what the description does not say; AssertionError with what it found."""
    done = subprocess.run(
        [
            *(_find_schemathesis(), "run", f"{url}/openapi.json"),
            *("--checks", _CHECKS, "--max-examples", str(examples), "--seed", "1", "--request-timeout", "60"),
        ],
        check=False,
        cwd=work,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def _find_schemathesis() -> str:
    """Return the program: this environment's own, or that of one made for it."""
    beside = Path(sys.executable).with_name("schemathesis")
    made = (
        beside if beside.exists() else make_environment("schemathesis", "schemathesis==4.32.5") / beside.name
    )
    return str(made)
