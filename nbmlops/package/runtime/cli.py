"""The command line of a package: serve it, or score a file with it."""

from __future__ import annotations

import argparse
import ipaddress
import json
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from .manifest import DamagedError
from .model import Model, RefusedError

__all__ = ["main"]

_BATCH = 1000


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 2 usage, 3 an error with a message."""
    given = _make_parser().parse_args(arguments)
    try:
        if given.verb == "serve":
            return _serve(given.host, given.port)
        return _score(given.input, given.output)
    except (DamagedError, OSError, ValueError) as error:
        print(str(error), file=sys.stderr)  # noqa: T201
        return 3


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}")
    verbs = parser.add_subparsers(dest="verb", required=True)
    serve = verbs.add_parser("serve", help="answer over HTTP")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    score = verbs.add_parser("score", help="answer the rows of a file (JSON lines or CSV), an answer a line")
    score.add_argument("input", type=Path)
    score.add_argument("output", type=Path)
    return parser


def _serve(host: str, port: int) -> int:
    if not _is_loopback(host) and not os.environ.get("API_KEY"):
        print(  # noqa: T201
            f"'{host}' can be reached by others, and no key protects the service. "
            "Set API_KEY to a secret of your own, or serve on 127.0.0.1.",
            file=sys.stderr,
        )
        return 3
    import uvicorn

    from .service import create_app

    uvicorn.run(create_app(), host=host, port=port, log_level="warning", server_header=False)
    return 0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _score(source: Path, wanted: Path) -> int:
    model = Model()
    batch: list[Any] = []
    with open(wanted, "w", encoding="utf-8") as out:
        for row in _read_rows(source):
            batch.append(row)
            if len(batch) == _BATCH:
                _write_answers(model, batch, out)
                batch.clear()
        _write_answers(model, batch, out)
    return 0


def _read_rows(source: Path) -> Iterator[Any]:
    if source.name.endswith((".csv", ".csv.gz")):
        import pandas as pd

        frame = pd.read_csv(source)
        for values in zip(*(frame[name].tolist() for name in frame), strict=True):
            yield {
                name: None if _is_missing(value) else value
                for name, value in zip(frame.columns, values, strict=True)
            }
        return
    with open(source, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise ValueError(f"Line {number} of '{source}' is no JSON: {error}.") from error


def _is_missing(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _write_answers(model: Model, rows: list[Any], out: TextIO) -> None:
    try:
        answers = model.answer_rows(rows, model.has_probabilities)
    except RefusedError:
        answers = [_answer_one(model, row) for row in rows]
    for answer in answers:
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")


def _answer_one(model: Model, row: Any) -> dict[str, Any]:
    try:
        return model.answer_rows([row], model.has_probabilities)[0]
    except RefusedError as refused:
        found = [{"field": problem.field, "problem": problem.problem} for problem in refused.problems]
        return {"prediction": None, "problems": found}
