"""What a project accepts decides about exit codes, and changes no verdict: from the command line on."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nbformat
import pytest

pytestmark = pytest.mark.slow

CELLS = [
    "%load_ext nbmlops",
    "import uuid\n"
    "from sklearn.datasets import load_digits\n"
    "from sklearn.linear_model import Ridge\n"
    "from sklearn.tree import DecisionTreeClassifier\n"
    "X, y = load_digits(return_X_y=True)",
    "rounded = Ridge(alpha=0.5).fit(X, y)",
    "%%step fitting\n"
    "named = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)\nnamed.note = uuid.uuid4().hex",
]
PROBE = (
    "from numpy._core import _multiarray_umath as m\n"
    "print(*(f for f in m.__cpu_dispatch__ if m.__cpu_features__[f]))"
)


def call(folder, *arguments, **variables):
    command = [sys.executable, "-m", "nbmlops", *arguments]
    given = {**os.environ, **variables}
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project whose notebook ran where numpy and OpenBLAS compute as an older machine would."""
    made = tmp_path_factory.mktemp("accepting")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbformat.write(notebook, made / "made.ipynb")
    (made / "pyproject.toml").touch()
    probe = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    older = {"NPY_DISABLE_CPU_FEATURES": probe.stdout.strip(), "OPENBLAS_CORETYPE": "Nehalem"}
    assert call(made, "run", "made.ipynb", **older).returncode == 0
    return made


@pytest.mark.parametrize(
    ("name", "verdict", "accept", "code"),
    [
        ("rounded", "close", None, 1),
        ("rounded", "close", ["close"], 0),
        ("named", "equivalent", None, 0),
        ("named", "equivalent", ["identical"], 1),
    ],
)
def test_what_is_accepted_ends_well_and_keeps_its_word(folder, tmp_path, name, verdict, accept, code):
    text = f"[tool.nbmlops]\naccept = {json.dumps(accept)}\n" if accept else ""
    (folder / "pyproject.toml").write_text(text)
    for arguments in (["export", name, str(tmp_path / "out")], ["prove", str(tmp_path / "out")]):
        done = call(folder, *arguments, "--json")
        assert (json.loads(done.stdout)["verdict"], done.returncode) == (verdict, code)
    assert json.loads((tmp_path / "out" / "proof.json").read_text())["proof"]["verdict"] == verdict
