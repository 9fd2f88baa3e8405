"""Whatever the program: its slice makes, from nothing, the value that the whole program made."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from nbmlops.errors import ExportError, UnknownNameError
from nbmlops.slicing.cutting import cut_slice
from nbmlops.values.structure import Undescribable, structural_digest
from tests.capture.recorded_shell import record_cells
from tests.slicing.programs import programs
from tests.slicing.test_random_notebooks import run_export

QUICK = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)
MANY = settings(QUICK, max_examples=3_000, derandomize=False)
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@contextlib.contextmanager
def working_folder():
    """Work in a folder of its own, as a notebook does."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="program-") as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def check_reasons(slice_, history):
    """Nothing is dropped without a reason, and nothing is there that was not run."""
    ran = list(history.statements())
    assert [e.statement for e in slice_.explained] == ran
    assert all(e.reasons and all(r.because for r in e.reasons) for e in slice_.explained)
    dropped = {e.statement.place for e in slice_.explained if not e.kept}
    needed = {r.resource for s in slice_.kept for r in s.reads if r.resource.kind == "name"}
    last = {e.resource: s.place for s in ran for e in s.effects if e.resource in needed and not e.certain}
    assert not {p for r, p in last.items() if r.key == slice_.target} & dropped


def check_program(cells):
    with working_folder() as folder:
        (folder / "notebook").mkdir()
        os.chdir(folder / "notebook")
        history, contents, space = record_cells(cells, folder / "notebook")
        for name in "abcd":
            if name not in space:
                continue
            try:
                expected = structural_digest(space[name])
            except Undescribable:
                continue
            check_reasons(cut_slice(history, name), history)
            os.chdir(folder)
            try:
                value = run_export(history, contents, name, folder / name)
            except (ExportError, UnknownNameError):
                continue
            shown = f"{name}: {value!r} and not {space[name]!r}"
            assert structural_digest(value) == expected, shown


@QUICK
@given(programs())
def test_slices_of_programs(cells):
    check_program(cells)


@pytest.mark.slow
@MANY
@given(programs())
def test_slices_of_many_programs(cells):
    check_program(cells)
