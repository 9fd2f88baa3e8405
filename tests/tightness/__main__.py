"""Tightness: how much of each slice its value would not miss, measured and written down."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.gallery.examples import unpack_examples
from tests.tightness.measuring import Measured, Notebook, measure_notebook
from tests.tightness.sample import list_cases, list_sample, read_notebook, read_script
from tests.tightness.tightness_table import summarise, write_table

_CACHE = Path(__file__).resolve().parents[2] / "build" / "gallery"
# What a child does not have to load again. A slice that forgets such an import fails all the same.
_LIBRARIES = ("matplotlib.pyplot", "pandas", "sklearn.ensemble", "sklearn.pipeline", "sklearn.datasets")


def main() -> None:
    """Measure what is asked for, tell each result, and write the table."""
    asked = _read_arguments()
    os.environ["MPLBACKEND"] = "Agg"
    for name in _LIBRARIES:
        importlib.import_module(name)
    found: list[Measured] = []
    for notebook in _choose_notebooks(asked):
        for measured in measure_notebook(notebook):
            found.append(measured)
            _tell(measured)
    print(summarise(found))
    if asked.table:
        write_table(asked.table, found)


def _choose_notebooks(asked: argparse.Namespace) -> Iterable[Notebook]:
    if asked.notebook:
        return [read_notebook(asked.notebook, tuple(asked.names))]
    if asked.cases:
        return list_cases()
    return _read_scripts(asked)


def _read_scripts(asked: argparse.Namespace) -> Iterator[Notebook]:
    examples = unpack_examples(asked.sdist, _CACHE)
    if asked.scripts:
        yield from (read_script(examples / script, script) for script in asked.scripts)
    else:
        yield from list_sample(examples)


def _tell(measured: Measured) -> None:
    print(f"{measured.title} {measured.name}: {measured.kept}/{measured.minimal} {measured.why}", flush=True)
    for one in measured.excess:
        print(f"    {'certain' if one.certain else 'assumed'}: {one.source!r} <- {one.because}", flush=True)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.tightness", description=__doc__)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--sdist", type=Path, help="scikit-learn's source distribution: measure the sample")
    chosen.add_argument("--notebook", type=Path, help="measure the objects of any notebook")
    chosen.add_argument("--cases", action="store_true", help="measure all of tests/cases")
    parser.add_argument("--scripts", nargs="*", help="of the distribution, only these")
    parser.add_argument("--names", nargs="*", default=(), help="the objects of the notebook")
    parser.add_argument("--table", type=Path, help="the document to write")
    return parser.parse_args()


if __name__ == "__main__":
    main()
