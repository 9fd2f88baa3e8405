"""Layers: the contract holds, and the words come without the libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
