"""Sides: how each service is prepared, started with one worker process, and asked one row."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbmlops.processes.server import Server, choose_port, start_server
from tests.benchmarks.serving.models import MODELS, make_package

__all__ = ["SIDES", "Side", "prepare_side"]

_PROGRAMS = Path(__file__).with_name("programs")


@dataclass(frozen=True)
class Side:
    """A service: `start` starts it for a model on a port; `path` and `wrap` are how a row is sent."""

    title: str
    kind: str
    path: str

    def wrap(self, row: Mapping[str, Any]) -> str:
        """Return the body that asks for one row."""
        if self.kind == "mlflow":
            return json.dumps({"dataframe_split": {"columns": list(row), "data": [list(row.values())]}})
        if self.kind == "bentoml":
            return json.dumps({"row": row})
        if self.kind == "mlserver":
            inputs = [
                {"name": n, "shape": [1, 1], "datatype": "FP64", "data": [value]} for n, value in row.items()
            ]
            return json.dumps({"parameters": {"content_type": "pd"}, "inputs": inputs})
        return json.dumps(row)

    def read(self, answer: Any) -> Any:
        """Return the prediction in an answer."""
        if self.kind == "bentoml":
            return answer[0]
        return answer["outputs"][0]["data"][0] if self.kind == "mlserver" else answer["predictions"][0]

    def start(self, place: Path, model: str, python: str) -> Server:
        """Start the service of a model, and return when it listens."""
        port = choose_port()
        asked = ("--host", "127.0.0.1", "--port", str(port))
        programs = str(Path(python).parent)
        environment = os.environ | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(_PROGRAMS),
            "BENTOML_DO_NOT_TRACK": "1",
        }
        if self.kind == "mlserver":
            port = json.loads((place / model / "settings.json").read_text())["http_port"]
        commands = {
            "nbmlops": [python, "-m", f"{model}_model", "serve", *asked],
            "mlflow": [
                python,
                "-m",
                "mlflow",
                "models",
                "serve",
                "-m",
                ".",
                "--env-manager",
                "local",
                *asked,
            ],
            "bentoml": [python, "-m", "bentoml", "serve", "bento:Model", *asked],
            "mlserver": [f"{programs}/mlserver", "start", "."],
            "by hand": [python, "-m", "uvicorn", "by_hand:app", "--log-level", "info", *asked],
        }
        kind = "nbmlops" if self.kind == "uvloop" else self.kind
        return start_server(
            commands[kind], cwd=place / model, port=port, env=environment, timeout=120, log=place / "log"
        )


SIDES = (
    Side("nbmlops package", "nbmlops", "/predict"),
    Side("nbmlops package with uvloop and httptools", "uvloop", "/predict"),
    Side("FastAPI + scikit-learn, by hand", "by hand", "/predict"),
    Side("`mlflow models serve`", "mlflow", "/invocations"),
    Side("BentoML", "bentoml", "/predict"),
    Side("MLServer", "mlserver", "/v2/models/model/infer"),
)


def prepare_side(side: Side, place: Path, rows: Path, python: str) -> None:
    """Fit both models where the side runs, and save them as it wants them."""
    place.mkdir()
    if side.kind in ("nbmlops", "uvloop"):
        for model in MODELS:
            make_package(place, rows, model)
        return
    command = [python, str(_PROGRAMS / "prepare.py"), side.kind, str(rows), str(place), str(choose_port())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
