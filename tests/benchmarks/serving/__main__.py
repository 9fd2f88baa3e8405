"""Serving: a row of a linear model and of a forest, asked of nbmlops' package and of its peers in one run.

Run by `make bench-serving`; the arguments are pairs `KIND=PYTHON`, and `--page FILE` writes the tables there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.benchmarks.serving.load import Load, find_wrk, measure_load
from tests.benchmarks.serving.models import MODELS, make_rows, read_row
from tests.benchmarks.serving.page import put_part, write_table
from tests.benchmarks.serving.sides import SIDES, Side, prepare_side


def _ask(url: str, body: str) -> object:
    request = urllib.request.Request(url, body.encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def _ask_patiently(url: str, body: str) -> object:
    """Ask until it answers: a port may be open before a model is loaded."""
    for _ in range(240):
        try:
            return _ask(url, body)
        except OSError:
            time.sleep(0.25)
    return _ask(url, body)


def _measure_round(
    side: Side, place: Path, model: str, python: str, rows: Path, seconds: int
) -> tuple[Load, object]:
    body = side.wrap(read_row(rows))
    with side.start(place, model, python) as server:
        url = server.url + side.path
        answer = side.read(_ask_patiently(url, body))
        measure_load(place, url, body, server.child.pid, 1)
        return measure_load(place, url, body, server.child.pid, seconds), answer


def _middle(loads: list[Load]) -> Load:
    columns = zip(*((load.rate, load.median, load.slowest, load.cpu) for load in loads), strict=True)
    return Load(*(statistics.median(column) for column in columns))


def main() -> None:
    """Measure every side in turn, round by round, and print a table for each model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sides", nargs="+")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    find_wrk()
    pythons = dict(pair.split("=", 1) for pair in given.sides)
    asked = [side for side in SIDES if side.kind in pythons]
    found: dict[tuple[str, str], list[Load]] = {}
    with tempfile.TemporaryDirectory(prefix="nbmlops-serving-") as name:
        folder = Path(name)
        rows = make_rows(folder)
        for side in asked:
            prepare_side(side, folder / side.kind, rows, str(Path(pythons[side.kind]).absolute()))
        for _ in range(given.rounds):
            for model in MODELS:
                answers = {}
                for side in asked:
                    python = str(Path(pythons[side.kind]).absolute())
                    load, answers[side.kind] = _measure_round(
                        side, folder / side.kind, model, python, rows, given.seconds
                    )
                    found.setdefault((model, side.title), []).append(load)
                assert len(set(map(str, answers.values()))) == 1, answers
    table = write_table({key: _middle(loads) for key, loads in found.items()})
    print(table)
    if given.page:
        put_part(given.page, "measured", table)


if __name__ == "__main__":
    main()
