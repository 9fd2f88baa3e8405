"""Lists, tuples and grids as parameters of an export: each of them, changed, changes the result."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tomllib

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name
from nbmlops.values.structure import structural_digest

CELLS = [
    "import warnings\n"
    "from sklearn.datasets import make_classification\n"
    "from sklearn.ensemble import GradientBoostingClassifier\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import GridSearchCV\n"
    "from sklearn.neural_network import MLPClassifier\n"
    "from sklearn.tree import DecisionTreeClassifier\n"
    "warnings.simplefilter('ignore')",
    "X, y = make_classification(n_samples=80, weights=[0.4, 0.6], random_state=0)",
    "# what is tried\n"
    "param_grid = {\n"
    "    'max_depth': [None, 2],\n"
    "    'criterion': ['gini', 'entropy'],\n"
    "}\n"
    "search = GridSearchCV(DecisionTreeClassifier(random_state=0), param_grid, cv=2).fit(X, y)\n"
    "tried = [str(p) for p in search.cv_results_['params']], search.best_estimator_",
    "mlp = MLPClassifier(hidden_layer_sizes=(4, 2), max_iter=5, random_state=0).fit(X, y)",
    "params = {'n_estimators': 3, 'learning_rate': 0.1}\n"
    "boosted = GradientBoostingClassifier(random_state=0, **params).fit(X, y)",
    "coefs = []\nfor C in [0.01, 1]:\n    coefs.append(LogisticRegression(C=C).fit(X, y).coef_)",
    "made = [tried, mlp.coefs_, boosted.predict_proba(X), coefs]",
]
CHANGES = {
    "weights": "[0.5, 0.5]",
    "max_depth": "['none', 3]",
    "criterion": "['entropy']",
    "hidden_layer_sizes": "[4]",
    "learning_rate": "0.5",
    "C": "[0.01, 2]",
}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("listed")
    (folder / "pyproject.toml").touch()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbformat.write(notebook, folder / "grid.ipynb")
    store = folder / ".nbmlops" / "store.db"
    run_notebook(folder / "grid.ipynb", store=store)
    exported = export_name("made", folder / "out", store=store)
    assert exported.verdict == "identical", exported.proof
    assert set(CHANGES) <= set(exported.parameters)
    return folder / "out"


@pytest.fixture(scope="module")
def golden(out):
    return json.loads((out / "tests" / "golden.json").read_text())["value"]


ASK = """
import dataclasses, json, sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests"]
import pipeline, structure
from pipeline_support.reading import read_parameters, read_text
fields = {field.name: field for field in dataclasses.fields(pipeline.Parameters)}
said = []
for name, text in json.loads(sys.argv[2]):
    given = {name: read_text(fields[name], text)}
    made = pipeline.run(read_parameters(pipeline.Parameters, None, given))
    said.append(structure.structural_digest(made))
print(json.dumps(said))
"""


def ask(out, workdir, *given):
    """Return the digest of what each changed parameter leads to."""
    command = [sys.executable, "-c", ASK, str(out), json.dumps(given)]
    done = subprocess.run(command, cwd=workdir, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_each_changed_list_changes_the_result(out, golden, tmp_path):
    made = ask(out, tmp_path, *CHANGES.items(), ("C", "[0.01, 1]"))
    assert made.pop() == golden
    assert len({golden, *made}) == len(CHANGES) + 1


def test_the_command_line_and_the_file(out, golden, tmp_path):
    assert tomllib.loads((out / "parameters.toml").read_text())["max_depth"] == ["none", 2]
    command = [sys.executable, out / "pipeline.py", "--params", out / "parameters.toml"]
    subprocess.run([*command, "--max-depth", "['none', 3]"], cwd=tmp_path, check=True, capture_output=True)
    assert structural_digest(pickle.loads((tmp_path / "made.pkl").read_bytes())) != golden


def test_comments_and_form_stay(out):
    text = (out / "pipeline.py").read_text()
    assert (
        "    # what is tried\n    param_grid = {\n        'max_depth': list(parameters.max_depth),\n" in text
    )
    assert "max_depth: tuple[int | None, ...] = support.option(" in text
