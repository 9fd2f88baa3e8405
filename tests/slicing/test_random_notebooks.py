"""Slices and pipelines of random notebooks make, from nothing, what the notebook held."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import random
import sys
from pathlib import Path

import numpy as np
import pytest

from nbmlops.errors import ExportError, UnknownNameError
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.pipeline.writing import state_name, write_pipeline
from nbmlops.slicing.cutting import cut_slice
from nbmlops.values.structure import Undescribable, structural_digest
from tests.capture.recorded_shell import ENVIRONMENT, record_cells
from tests.slicing.random_notebooks import make_notebook

SUPPORT = Path(__file__).parents[2] / "nbmlops" / "pipeline" / "support.py"


def run_export(history, contents, name, folder):
    """Write the pipeline of a name and run it in this process, in a folder of its own."""
    plan = cut_pipeline(cut_slice(history, name), history)
    written = write_pipeline(plan, ENVIRONMENT, (), {}, "Made by chance.")
    (folder / "random_state").mkdir(parents=True)
    (folder / "pipeline.py").write_text(written.pipeline)
    (folder / "pipeline_support").mkdir(exist_ok=True)
    (folder / "pipeline_support" / "__init__.py").write_text(SUPPORT.read_text())
    (folder / "inputs.json").write_text("[]")
    if written.definitions is not None:
        (folder / "definitions.py").write_text(written.definitions)
    for restore in plan.pipeline.slice.restores:
        (folder / "random_state" / f"{state_name(restore)}.json").write_bytes(contents[restore.content])
    ours = ("pipeline", "pipeline_support", "definitions")
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("pipeline", folder / "pipeline.py")
        module = sys.modules["pipeline"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        with contextlib.redirect_stdout(io.StringIO()):
            return module.run(module.Parameters(), folder / "work")
    finally:
        sys.path.remove(str(folder))
        for name in ours:
            sys.modules.pop(name, None)


def check_notebook(seed, folder):
    """Return what is wrong with the exports of a random notebook's names."""
    random.seed(seed)
    np.random.seed(seed)
    history, contents, namespace = record_cells(make_notebook(seed), folder)
    wrong = []
    for name in "abcde":
        if name not in namespace:
            continue
        try:
            expected = structural_digest(namespace[name])
        except Undescribable:
            continue
        random.seed()
        np.random.seed()
        try:
            value = run_export(history, contents, name, folder / name)
        except (ExportError, UnknownNameError):
            continue
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is a finding
            wrong.append((name, f"{type(problem).__name__}: {problem}"))
            continue
        if structural_digest(value) != expected:
            wrong.append((name, f"{value!r} and not {namespace[name]!r}"))
    return wrong


@pytest.mark.parametrize("seed", range(12))
def test_exports_of_random_notebooks(seed, tmp_path):
    assert check_notebook(seed, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1_000, 1_100))
def test_exports_of_many_random_notebooks(seed, tmp_path):
    wrong = [(n, check_notebook(n, tmp_path / str(n))) for n in range(seed * 10, seed * 10 + 10)]
    assert [found for found in wrong if found[1]] == []
