"""Asking: the verbs as Python functions, in a notebook, in a terminal and in plain Python."""

from __future__ import annotations

import json
import subprocess
import sys


def ask(kernel, code):
    reply = kernel.run(code)
    assert reply.status == "ok", reply.error
    return reply


def list_needed(kernel):
    found = json.loads(kernel.run("%nbmlops slice model --json").shown[-1]["text/plain"])
    return [statement["source"] for statement in found["statements"]]


def test_answers_display_themselves(fitted):
    for code in ("nbmlops.show('model')", "nbmlops.why('model')", "nbmlops.models()"):
        reply = ask(fitted, f"import nbmlops\n{code}")
        assert reply.result is not None
    assert "DecisionTreeClassifier" in ask(fitted, "nbmlops.show('model')").result
    assert fitted.ask("type(nbmlops.show('model')).__name__") == "'RunDetail'"
    printed = ask(fitted, "print(nbmlops.as_text(nbmlops.why('model')))").printed
    assert "'model' needs" in printed


def test_asking_leaves_the_slice_as_it_was(fitted):
    before = list_needed(fitted)
    ask(fitted, "import nbmlops\nseen = nbmlops.show('model')\nnbmlops.why('model')")
    assert list_needed(fitted) == before


def test_a_mistake_is_told(fitted):
    reply = fitted.run("import nbmlops\nnbmlops.show('nobody')")
    assert reply.status == "error"
    assert "nobody" in reply.traceback


def test_plain_python_has_texts(tmp_path):
    code = (
        "import nbmlops, sys\n"
        "from pathlib import Path\n"
        "from nbmlops.store.opening import open_store\n"
        "open_store(Path('s.db')).close()\n"
        "print(nbmlops.as_text(nbmlops.models(store=Path('s.db'))))\n"
        "print('IPython' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n")[:2] == ["(none)", "False"], done.stderr
