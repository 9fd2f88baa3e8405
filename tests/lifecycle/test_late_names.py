"""What an object looks up when it is called belongs to it, as it stood when the notebook ended."""

from __future__ import annotations

import subprocess
import sys

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name, prove_export

NOTEBOOKS = {
    "function redefined after the fit": (
        [
            "def helper(x): return x + 1",
            "class Model:\n    def fit(self, X):\n        self.k = helper(len(X))\n        return self\n"
            "    def predict(self, x): return helper(x) + self.k",
            "made = Model().fit([1, 2])",
            "def helper(x): return x * 100",
        ],
        "made.predict(3)",
        "303",
    ),
    "number changed after the fit": (
        [
            "FACTOR = 2",
            "def scale(x): return x * FACTOR",
            "made = {'scale': scale}",
            "FACTOR = 5",
        ],
        "made['scale'](3)",
        "15",
    ),
    "table that grows": (
        ["TABLE = {'a': 1}", "def made(key): return TABLE[key]", "TABLE['b'] = 2"],
        "made('b')",
        "2",
    ),
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_called_object_answers_as_in_the_notebook(name, tmp_path):
    cells, question, answer = NOTEBOOKS[name]
    notebook, store = tmp_path / "late.ipynb", tmp_path / "store" / "store.db"
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nbformat.write(document, notebook)
    run_notebook(notebook, store=store)
    exported = export_name("made", tmp_path / "out", store=store)
    assert exported.verdict == "identical", exported.proof
    code = f"from pipeline import Parameters, run; made = run(Parameters()); print({question})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "out", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == answer


def test_other_helper_is_no_identical_object(tmp_path):
    cells, _, _ = NOTEBOOKS["table that grows"]
    notebook, store = tmp_path / "late.ipynb", tmp_path / "store" / "store.db"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells]), notebook)
    run_notebook(notebook, store=store)
    export_name("made", tmp_path / "out", store=store)
    script = tmp_path / "out" / "pipeline.py"
    script.write_text(script.read_text().replace("TABLE['b'] = 2", "pass"))
    proof = prove_export(tmp_path / "out", store=store)
    assert proof.verdict == "different"
    assert "TABLE" in (proof.cause or "")
