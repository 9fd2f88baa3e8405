"""Starting: the CPU until a service can answer, beside the import of what its model needs of scikit-learn.

Run by `make bench-serving`: fresh processes, medians of pairs.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from nbmlops.package.rowcut import Form
from tests.benchmarks.serving.models import make_package, make_rows
from tests.benchmarks.serving.page import put_part

_NEEDS = {"linear": "sklearn.linear_model", "forest": "sklearn.ensemble"}
_STARTED = "import {name}_model.cli, {name}_model.running; {name}_model.running.create_worker()"
_PAIRS = 7


def _measure(code: str, folder: Path) -> float:
    """Return the CPU seconds of a fresh Python that runs a line of code in a folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _compare(name: str, form: str, place: Path) -> str:
    """Return a line of the table for one model in one format."""
    needed, started = f"import {_NEEDS[name]}", _STARTED.format(name=name)
    for code in (needed, started):
        _measure(code, place)
    pairs = [(_measure(needed, place), _measure(started, place)) for _ in range(_PAIRS)]
    plain, whole = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    ratio = statistics.median(after / before for before, after in pairs)
    return f"| {name}, {form} | {plain:.2f} s | {whole:.2f} s | {ratio:.2f}x |"


def main() -> None:
    """Measure both models in both formats, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    lines = ["| model | import of scikit-learn's module | service that can answer | |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="nbmlops-starting-") as name:
        folder = Path(name)
        rows = make_rows(folder)
        for model, form in itertools.product(_NEEDS, ("skops", "pickle")):
            lines.append(_compare(model, form, make_package(folder, rows, model, Form(form))))
    text = "\n".join(lines) + "\n"
    print(text)
    if given.page:
        put_part(given.page, "started", text)


if __name__ == "__main__":
    main()
