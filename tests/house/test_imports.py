"""What modules ask of the interpreter: verbs start at once, and nothing is what newer ones refuse."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.house.source import MODULES, ROOT

HEAVY = ("pandas", "sklearn", "scipy", "matplotlib", "sqlite_utils", "ipywidgets", "fastapi", "IPython")
VERBS = [f"nbmlops.api.{p.stem}" for p in MODULES if p.parent.name == "api" and p.stem != "__init__"]


@pytest.mark.parametrize("name", VERBS)
def test_no_verb_loads_a_heavy_library_at_once(name):
    code = f"import sys, {name}\nprint(*[n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_no_placeholder_of_a_query_is_numbered():
    numbered = re.compile(r"[=<>( ] ?[?][0-9]")  # names to SQLite: Python 3.14 refuses a sequence for them
    assert numbered.search("where history = ?1")
    assert [path for path in MODULES if numbered.search(path.read_text("utf-8"))] == []
