"""The command line of a package: serve it, or score a file with it."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from pathlib import Path

from .batch import Batch, score_rows
from .manifest import DamagedError

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 2 usage, 3 an error with a message."""
    given = _make_parser().parse_args(arguments)
    try:
        if given.verb == "serve":
            return _serve(given.host, given.port, given.workers)
        return _score(Batch(given.input, given.output, given.database, given.alone, given.dask))
    except (DamagedError, OSError, ValueError) as error:
        print(str(error), file=sys.stderr)  # noqa: T201
        return 3


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}")
    verbs = parser.add_subparsers(dest="verb", required=True)
    serve = verbs.add_parser("serve", help="answer over HTTP")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="8080 is SageMaker's")
    serve.add_argument(
        "--workers", type=int, default=1, help="processes that answer; /metrics tells the sums of all"
    )
    score = verbs.add_parser(
        "score", help="answer the rows of a file (CSV, JSON lines, Parquet), or of a query; again, to go on"
    )
    score.add_argument("input", help="the file; with --database the query")
    score.add_argument("output", type=Path, help="a .jsonl, .csv or .parquet file; rejects go beside it")
    score.add_argument("--database", help="a SQLite file, or the URL of a database (needs sqlalchemy)")
    score.add_argument("--dask", help="the address of a cluster, such as tcp://host:8786, that answers")
    score.add_argument("--alone", action="store_true", help="each row for itself, as over HTTP one by one")
    return parser


def _serve(host: str, port: int, workers: int) -> int:
    if not _is_loopback(host) and not os.environ.get("API_KEY"):
        print(  # noqa: T201
            f"'{host}' can be reached by others, and no key protects the service. "
            "Set API_KEY to a secret of your own, or serve on 127.0.0.1.",
            file=sys.stderr,
        )
        return 3
    from .running import run_service

    return run_service(host, port, workers)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _score(batch: Batch) -> int:
    rows, rejected = score_rows(batch)
    beside = f", in '{batch.wanted}.rejects.jsonl' with the reasons" if rejected else ""
    print(f"{rows} rows, {rejected} of them rejected{beside}", file=sys.stderr)  # noqa: T201
    return 0
