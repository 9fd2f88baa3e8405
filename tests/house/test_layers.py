"""Layers: the contract holds, and the words come without the libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbmlops.core.history import Environment, History
from nbmlops.store.opening import open_store
from nbmlops.tracking.merging import EDITION
from tests.house.source import MODULES, ROOT

HEAVY = (
    "IPython",
    "ipywidgets",
    "pandas",
    "numpy",
    "sklearn",
    "sqlite_utils",
    "matplotlib",
    "jinja2",
    "fastapi",
)


def run_python(code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def find_heavy(imports):
    code = f"import sys\n{imports}\nprint(*[n for n in {HEAVY!r} if n in sys.modules])"
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_contracts_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_words_load_no_library():
    folder = ROOT / "nbmlops" / "core"
    names = [f"nbmlops.core.{p.stem}" for p in MODULES if p.parent == folder and p.stem != "__init__"]
    assert find_heavy(f"import {', '.join(names)}, nbmlops.errors") == []


def test_package_loads_no_library():
    assert find_heavy("import nbmlops") == []


def test_help_loads_no_library():
    quiet = "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): "
    assert find_heavy(f"from nbmlops.faces.cli import main\n{quiet}main(['runs', '--help'])") == []


@pytest.mark.parametrize("verb", ["runs", "history", "models"])
def test_lists_wait_for_no_library(verb, tmp_path):
    store = tmp_path / "store.db"
    with open_store(store) as opened:
        opened.histories.begin(History("h", None, "/", "2026-01-01", Environment("3.11", "linux")))
        opened.runs.keep("h", (), 0, False, EDITION)
    heavy = (*HEAVY, "zstandard", "hashlib", "rich", "click", "nbmlops.capture.following")
    quiet = "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): "
    code = f"from nbmlops.__main__ import main\n{quiet}main([{verb!r}, '--store', {str(store)!r}])"
    done = run_python(f"import sys\n{code}\nprint(*[n for n in {heavy!r} if n in sys.modules])")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
