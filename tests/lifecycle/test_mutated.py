"""The tests of an export fail when a line that it keeps is taken out, and pass when it is back."""

from __future__ import annotations

import ast

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name
from nbmlops.processes.child import python_command, run_child
from nbmlops.store.opening import open_store

NOTEBOOKS = {
    "frame": (
        "import pandas as pd\nclass Scale:\n    by = 2",
        "rows = pd.DataFrame({'a': range(40)})\nrows['b'] = rows['a'] * Scale.by",
        "rows = rows[rows['a'] > 3]\ntotal = float(rows['b'].sum())",
        "model = {'total': total}\nmodel['rows'] = len(rows)",
    ),
    "draws": (
        "import random\nrandom.seed(4)",
        "found = []\nfor _ in range(5):\n    found.append(random.random())",
        "found.sort()\nmodel = found[1:]",
    ),
    "estimator": (
        "import numpy as np\nfrom sklearn.linear_model import Ridge",
        "X = np.arange(20.0).reshape(10, 2) ** 2\ny = X[:, 0] * 3",
        "model = Ridge(alpha=0.5)\nmodel.fit(X, y)",
    ),
}


def run_tests(directory):
    command = python_command("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default", isolated=True)
    return run_child(command, cwd=directory).code


@pytest.mark.slow
@pytest.mark.parametrize("cells", NOTEBOOKS.values(), ids=NOTEBOOKS.keys())
def test_every_kept_line_is_tested(cells, tmp_path):
    made = [nbformat.v4.new_code_cell(cell) for cell in ("%load_ext nbmlops", *cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / "n.ipynb")
    store = tmp_path / ".nbmlops" / "store.db"
    run_notebook(tmp_path / "n.ipynb", store=store)
    assert export_name("model", tmp_path / "out", store=store).verdict == "identical"
    with open_store(store, create=False) as opened:
        starts = sorted(opened.exports.find(tmp_path / "out").lines)
    script = tmp_path / "out" / "pipeline.py"
    text = script.read_text()
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.stmt)]
    passed = []
    for start in starts:
        node = max((n for n in nodes if n.lineno == start), key=lambda n: n.end_lineno)
        lines = text.split("\n")
        lines[start - 1 : node.end_lineno] = [" " * node.col_offset + "pass"]
        script.write_text("\n".join(lines))
        if run_tests(tmp_path / "out") == 0:
            passed.append(ast.unparse(node))
    script.write_text(text)
    assert passed == []
    assert run_tests(tmp_path / "out") == 0
