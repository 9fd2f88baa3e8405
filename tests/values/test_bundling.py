"""The one file of an export says of every value what the modules say, and needs none of them."""

from __future__ import annotations

import ast
import collections
import json
import subprocess
import sys
from pathlib import Path

import pytest

from nbmlops.values import structure
from nbmlops.values.bundling import bundle_structure

ROOT = Path(__file__).parents[2]
ZOO = Path(__file__).with_name("zoo.py")
ALONE = (
    "import runpy, sys; sys.modules['nbmlops'] = None; sys.path.insert(0, '.'); sys.argv = ['', 'structure']"
)


def run_python(*arguments, cwd, **options):
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=900, **options
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "structure.py"
    path.write_bytes(bundle_structure())
    return path


def test_digests_are_those_of_the_modules(place):
    here = json.loads(run_python("-m", "tests.values.zoo", "nbmlops.values.structure", cwd=ROOT))
    told = run_python("-c", f"{ALONE}; runpy.run_path({str(ZOO)!r}, run_name='__main__')", cwd=place.parent)
    assert json.loads(told) == here
    assert len(here) > 60


def test_it_needs_nothing_but_python(place):
    code = (
        "import sys; sys.path.insert(0, '.'); import structure; print(structure.structural_digest([1, {2}]))"
    )
    told = run_python("-I", "-S", "-c", code, cwd=place.parent)
    assert told.strip() == structure.structural_digest([1, {2}])
    assert "nbmlops.values" not in bundle_structure().decode()


def test_it_offers_what_the_module_offers(place):
    code = "import sys; sys.path.insert(0, '.'); import structure; print(*sorted(structure.__all__))"
    assert run_python("-I", "-c", code, cwd=place.parent).split() == sorted(structure.__all__)


def test_no_name_is_defined_twice():
    body = ast.parse(bundle_structure()).body
    names = [n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    names += [t.id for n in body if isinstance(n, ast.Assign) for t in n.targets]
    names += [n.target.id for n in body if isinstance(n, ast.AnnAssign)]
    assert [name for name, times in collections.Counter(names).items() if times > 1] == []


def test_its_bytes_are_the_same_in_every_process(place):
    code = (
        "import sys; from nbmlops.values.bundling import bundle_structure as b; sys.stdout.buffer.write(b())"
    )
    assert run_python("-c", code, cwd=ROOT) == place.read_text()


def test_it_is_written_as_a_person_would(place):
    run_python("-m", "ruff", "check", "--isolated", "--no-cache", place.name, cwd=place.parent)
    settings = ("--config", str(ROOT / "pyproject.toml"), "--no-cache", place.name)
    run_python("-m", "ruff", "format", "--check", *settings, cwd=place.parent)
    run_python("-m", "ruff", "check", "--ignore", "N818", *settings, cwd=place.parent)
