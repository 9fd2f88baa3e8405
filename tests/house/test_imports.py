"""A verb starts at once: what it may need later is loaded when it is needed."""

from __future__ import annotations

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
