from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest

from nbmlops.core.pipeline import Piece
from nbmlops.core.resource import Effect, Resource
from nbmlops.values.fingerprint import portray

# Each name as the notebook had it.
RECORD = """
import json, sys
from nbmlops.values.fingerprint import portray
namespace = {"__name__": "__main__"}
exec(sys.stdin.read(), namespace)
print(json.dumps(portray(namespace[sys.argv[1]], namespace).digest))
"""


def record(export, recorded: dict[tuple[int, int], dict[str, object]]) -> list[Piece]:
    """Give statements the fingerprints that a notebook would have left; return the pieces."""
    for place, values in recorded.items():
        effects = tuple(
            Effect(Resource("name", name), "bound", "", fingerprint=portray(value).digest)
            for name, value in values.items()
        )
        export.statements[place] = dataclasses.replace(export.statements[place], effects=effects)
    return [Piece(place, statement.code) for place, statement in export.statements.items()]


def test_the_first_statement_that_parts(make_export):
    export = make_export("a = [1, 2]", "b = [3, len(a)]", "value = a + b")
    pieces = record(export, {(1, 0): {"a": [1, 2]}, (2, 0): {"b": [3, 9]}, (3, 0): {"value": [1, 2, 3, 9]}})
    heard = []
    proof = export.prove(pieces=pieces, progress=heard.append)
    assert proof.verdict == "different"
    diverged = proof.diverged_at
    assert (diverged.execution, diverged.statement, diverged.resource) == (2, 0, "name:b")
    assert diverged.source == "b = [3, len(a)]"
    assert "'b' has another content" in diverged.message
    assert "replaying statement 2 of 3" in heard


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("import datetime; a = str(datetime.datetime.now())", "the clock"),
        ("import random; a = random.random()", "random numbers"),
        ("import numpy; a = numpy.random.default_rng().random()", "without a seed"),
        ("import os; a = os.getpid()", "different in every process"),
        ("import os; a = os.environ.get('PATH')", "the environment"),
        ("import tempfile; a = tempfile.TemporaryDirectory().name", "a temporary file or folder"),
        ("a = list({str(n) for n in range(9)})", "the order of a set"),
        ("b = 1; a = f'{b} and {b!r}'", "a statement that it needs may be missing"),
        ("cv_results_ = 1; a = cv_results_", "how long the fits of a search took"),
        ("a = int(repr(object()).rpartition('0x')[2][:-1], 16)", "on where memory lies"),
    ],
)
def test_the_usual_suspects(make_export, statement, word):
    export = make_export(statement, "value = a")
    proof = export.prove(pieces=record(export, {(1, 0): {"a": "as it was"}}))
    assert proof.diverged_at.execution == 1
    assert word in proof.cause


def test_inputs_are_parameters(make_export, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    export = make_export("text = open(parameters.rows).read()", "value = text", inputs={"rows": path})
    pieces = record(export, {(1, 0): {"text": "a\n1\n"}, (2, 0): {"value": "other"}})
    assert export.prove(pieces=pieces).diverged_at.execution == 2
    path.write_text("a\n2\n")
    proof = export.prove(pieces=pieces)
    assert proof.diverged_at.execution == 1
    assert f"the input '{path}' has changed" in proof.cause


def test_a_name_that_is_missing(make_export):
    export = make_export("value = 1")
    proof = export.prove(pieces=record(export, {(1, 0): {"other": 1}}))
    assert "'other' is not bound here" in proof.diverged_at.message


def test_a_piece_that_raises(make_export):
    export = make_export("value = 1")
    pieces = [*record(export, {(1, 0): {"value": 1}}), Piece((7, 2), "1 / 0")]
    proof = export.prove(pieces=pieces)
    assert (proof.diverged_at.execution, proof.diverged_at.statement) == (7, 2)
    assert "it raised ZeroDivisionError" in proof.diverged_at.message


def test_a_replay_is_guarded_too(make_export, tmp_path):
    export = make_export("value = 1")
    pieces = [*record(export, {}), Piece((2, 0), f"open({str(tmp_path / 'new')!r}, 'w')")]
    assert "SideEffectError" in export.prove(pieces=pieces).diverged_at.message
    assert not (tmp_path / "new").exists()


def test_nothing_parts(make_export):
    export = make_export("value = 1")
    proof = export.prove(pieces=record(export, {(1, 0): {"value": 1}}))
    assert proof.verdict == "different"
    assert proof.diverged_at is None
    assert "One after the other the statements do what they did in the notebook" in proof.cause
    assert "could not be replayed" in export.prove().cause


def test_a_replay_that_ends_early_finds_nothing(make_export):
    export = make_export("value = 1")
    pieces = [*record(export, {}), Piece((2, 0), "import os; os._exit(3)")]
    proof = export.prove(pieces=pieces)
    assert proof.verdict == "different"
    assert "could not be replayed" in proof.cause


def test_an_input_that_is_staged_is_there(make_export, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("1")
    export = make_export("value = 1", inputs={"rows": path})
    listed = json.loads((export.directory / "inputs.json").read_text())
    listed[0] |= {"parameter": None, "staged": "data/rows.csv"}
    (export.directory / "inputs.json").write_text(json.dumps(listed))
    pieces = [*record(export, {}), Piece((2, 0), "value = open('data/rows.csv').read()")]
    assert export.prove(pieces=pieces).diverged_at is None


def test_classes_and_functions_are_those_of_a_kernel(make_export):
    source = (
        "class Thing:\n    def __init__(self):\n        self.x = 1\n\nthing = Thing()\ndef f(): return thing"
    )
    command = [sys.executable, "-c", RECORD]
    export = make_export(source, "value = 1")
    pieces = record(export, {})
    effects = []
    for name in ("thing", "f", "Thing"):
        found = subprocess.run([*command, name], input=source, capture_output=True, text=True, check=True)
        effects.append(
            Effect(Resource("name", name), "bound", "", fingerprint=found.stdout.strip().strip('"'))
        )
    export.statements[1, 0] = dataclasses.replace(export.statements[1, 0], effects=tuple(effects))
    proof = export.prove(pieces=pieces)
    assert proof.diverged_at is None, proof.diverged_at


def test_statements_from_the_future(make_export):
    export = make_export("value = 1")
    pieces = [
        Piece((1, 0), "from __future__ import annotations"),
        Piece((2, 0), "def f(x: nothing) -> nowhere: pass"),
    ]
    assert export.prove(pieces=pieces).diverged_at is None


def test_a_version_that_is_not_the_recorded_one(make_export):
    export = make_export("value = 1")
    project = '[project]\nname = "x"\nversion = "0"\ndependencies = ["numpy==1.0", "no-such-package==2"]\n'
    (export.directory / "pyproject.toml").write_text(project)
    cause = export.prove().cause
    assert "'numpy' is 2" in cause
    assert "the notebook had 1.0" in cause
    assert "'no-such-package' is not installed" in cause
