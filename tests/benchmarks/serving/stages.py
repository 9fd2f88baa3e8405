"""Stages: the CPU of each thing that a service does for one row of the linear model.

Run by `make bench-serving`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.serving.models import make_package, make_rows, read_row
from tests.benchmarks.serving.page import put_part

_PROGRAM = """
import json, statistics, sys, time, warnings
warnings.simplefilter("ignore")
from linear_model.drift import load_reference
from linear_model.metrics import Metrics
from linear_model.model import Model
from linear_model.reply import reply_json
from linear_model.request import read_rows

model = Model()
metrics = Metrics(model.manifest, load_reference(model.folder))
body = sys.argv[1].encode()
(row,) = rows = read_rows(body)
answers = model.answer_rows(rows)
content = {"model": model.name, "version": 1, "predictions": [answers[0]["prediction"]]}


def measure(work, times):
    found = []
    for _ in range(9):
        began = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - began) / times)
    return statistics.median(found) * 1e6


def count():
    metrics.count_answers(rows, answers)
    metrics.count_request("/predict", 200, 0.001)


print(json.dumps({
    "JSON, with a look for fields that are there twice": measure(lambda: read_rows(body), 500),
    "types, ranges and categories of ten columns": measure(lambda: model._accepts(row), 500),
    "array, product, answer": measure(lambda: model.direct.answer(rows, False), 500),
    "(the same through a frame and scikit-learn)": measure(lambda: model._answer_checked(rows, False), 20),
    "drift of ten columns, the answer, the request, counted": measure(count, 500),
    "the answer as JSON": measure(lambda: reply_json(200, content), 500),
}))
"""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nbmlops-stages-") as name:
        folder = Path(name)
        rows = make_rows(folder)
        command = [sys.executable, "-c", _PROGRAM, json.dumps(read_row(rows))]
        place = make_package(folder, rows, "linear")
        done = subprocess.run(command, check=True, cwd=place, capture_output=True, text=True)
    lines = [f"| {stage} | {seconds:,.0f} |" for stage, seconds in json.loads(done.stdout).items()]
    text = "\n".join(["| stage | us |", "|---|---|", *lines]) + "\n"
    print(text)
    if given.page:
        put_part(given.page, "stages", text)


if __name__ == "__main__":
    main()
