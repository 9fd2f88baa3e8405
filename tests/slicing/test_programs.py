"""Whatever the program: its slice makes, from nothing, the value that the whole program made."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from nbmlops.errors import ExportError, UnknownNameError
from nbmlops.slicing.cutting import cut_slice
from nbmlops.values.structure import Undescribable, structural_digest
from tests.capture.recorded_shell import record_cells
from tests.slicing.programs import programs
from tests.slicing.test_random_notebooks import run_export

_SECONDS, _MORE_MEMORY, _LONGEST = 3, 1 << 30, 100_000
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


def comes_to_end(cells):
    """Run the cells plainly in a process of little time and memory: some programs feed on what they make."""
    with working_folder():
        child = os.fork()
        if child:
            return os.waitpid(child, 0)[1] == 0
        code = 1
        try:
            code = run_bounded(cells)
        finally:
            os._exit(code)


def run_bounded(cells):
    """Run the cells with bounds that hold for the rest of the process; return what it may exit with."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    most = _MORE_MEMORY + int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    space = {}
    for cell in cells:
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            exec(cell, space)
    return 0 if len(repr([space.get(name) for name in "abcd"])) < _LONGEST else 1


def check_reasons(slice_, history):
    """Nothing is dropped without a reason, and nothing is there that was not run."""
    ran = list(history.statements())
    assert [e.statement for e in slice_.explained] == ran
    assert all(e.reasons and all(r.because for r in e.reasons) for e in slice_.explained)
    dropped = {e.statement.place for e in slice_.explained if not e.kept}
    needed = {r.resource for s in slice_.kept for r in s.reads if r.resource.kind == "name"}
    last = {}
    for statement in ran:
        for effect in (e for e in statement.effects if e.resource in needed):
            if effect.definite:  # what it was before does not matter any more
                last.pop(effect.resource, None)
            elif not effect.certain:
                last[effect.resource] = statement.place
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
    assume(comes_to_end(cells))
    check_program(cells)


def test_what_raised_before_a_new_binding():
    """What may have changed an iterator goes where the name is bound anew after it."""
    check_program(
        [
            "a, b = [1, 2], [3]",
            "a = iter(a)",
            "b = (b if a else a)",
            "a = a['k']",
            "a = list(b)",
        ]
    )


def test_class_that_binds_what_it_reads():
    """The body of a class looks its own names up outside until it binds them, and never in a function."""
    check_program(
        [
            "a = [1]",
            "b = len(a)",
            "a.append(2)",
            "class C:\n    a = a + [3]\n    b += len(a)",
            "c = [C.a, C.b, b]",
            "a = None",
            "d = c + [a]",
        ]
    )


@pytest.mark.slow
@MANY
@given(programs())
def test_slices_of_many_programs(cells):
    assume(comes_to_end(cells))
    check_program(cells)
