"""The command line of a pipeline: parameters of any name, values of any kind, and nobody's file harmed."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from nbmlops.core.digest import digest_text
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.pipeline.writing import write_pipeline
from nbmlops.slicing.cutting import cut_slice
from tests.capture.recorded_shell import ENVIRONMENT, record_cells

SUPPORT = Path(__file__).parents[2] / "nbmlops" / "pipeline" / "support.py"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes the pipeline of `y` for some cells, and gives the script's path."""

    def write_cells(*cells, inputs=()):
        history, _, _ = record_cells(cells, tmp_path)
        written = write_pipeline(
            cut_pipeline(cut_slice(history, "y"), history), ENVIRONMENT, (), {}, "Tested."
        )
        folder = tmp_path / "out"
        folder.mkdir()
        (folder / "pipeline.py").write_text(written.pipeline)
        (folder / "pipeline_support.py").write_text(SUPPORT.read_text())
        (folder / "inputs.json").write_text(json.dumps(inputs))
        if written.definitions:
            (folder / "definitions.py").write_text(written.definitions)
        return folder / "pipeline.py"

    return write_cells


def call(script, *arguments, cwd, expect=0):
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, str(script), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == expect, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def load(folder):
    return pickle.loads((folder / "y.pkl").read_bytes())


def step_through(script, folder):
    for line in call(script, "steps", cwd=folder).stdout.splitlines():
        call(script, "step", line.partition(":")[0], "--workdir", "work", cwd=folder)
    return load(folder / "work")


@pytest.mark.parametrize(
    "name", ["name", "workdir", "help", "command", "step", "steps", "größe", "a_b", "value"]
)
def test_parameters_may_have_any_name(write, tmp_path, name):
    script = write(f"{name} = 3", f"y = {name} * 2")
    assert (
        name in call(script, "--help", cwd=tmp_path).stdout
        or "--a-b" in call(script, "--help", cwd=tmp_path).stdout
    )
    option = f"--the-{name}" if name in ("workdir", "help") else f"--{name.replace('_', '-')}"
    call(script, option, "5", cwd=tmp_path)
    assert load(tmp_path) == 10


def test_a_step_takes_parameters_too(write, tmp_path):
    script = write("name = 'x'", "a = name * 2", "y = a + '!'")
    first = call(script, "steps", cwd=tmp_path).stdout.partition(":")[0]
    call(script, "step", first, "--name", "z", "--workdir", "work", cwd=tmp_path)
    assert (tmp_path / "work" / f"{first}.pkl").is_file()


@pytest.mark.parametrize(("given", "result"), [("true", 1), ("No", 0), ("1", 1), ("0", 0)])
def test_flags_are_read(write, tmp_path, given, result):
    script = write("deep = True", "y = int(deep)")
    call(script, "--deep", given, cwd=tmp_path)
    assert load(tmp_path) == result


def test_wrong_values_are_refused(write, tmp_path):
    script = write("deep = True\nn = 3", "y = int(deep) + n")
    assert "neither" in call(script, "--deep", "perhaps", cwd=tmp_path, expect=2).stderr
    assert "invalid int" in call(script, "--n", "1.5", cwd=tmp_path, expect=2).stderr


def test_functions_and_classes_pass_from_step_to_step(write, tmp_path):
    script = write(
        "k = [2]\ndef f(v, w=k):\n    return v * w[0]",
        "class T:\n    made = []\n    def __init__(self, n): T.made.append(n)",
        "T(1)",
        "def f(v, w=k):\n    return v * w[0] + 1",
        "T(2)",
        "y = [f(3), len(T.made)]",
    )
    assert step_through(script, tmp_path) == [7, 2]
    call(script, cwd=tmp_path)
    assert load(tmp_path) == [7, 2]


def test_aliases_and_globals_pass_from_step_to_step(write, tmp_path):
    script = write(
        "a = [1]\nb = a",
        "def add():\n    total.append(len(a))",
        "total = []",
        "add()",
        "b.append(5)",
        "add()",
        "y = (a, total)",
    )
    assert step_through(script, tmp_path) == ([1, 5], [1, 2])


def test_a_value_that_cannot_be_written_says_so(write, tmp_path):
    script = write("xs = [1, 2]", "y = (x for x in xs)")
    done = call(script, cwd=tmp_path, expect=3)
    assert "'y' was made, but cannot be written" in done.stderr


def test_a_missing_step_before_says_so(write, tmp_path):
    script = write("a = [1]", "b = a + [2]", "y = b + [3]")
    last = call(script, "steps", cwd=tmp_path).stdout.splitlines()[-1].partition(":")[0]
    assert "first" in call(script, "step", last, "--workdir", "w", cwd=tmp_path, expect=3).stderr


def test_staging_overwrites_nobodys_file(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.txt").write_text("given")
    entry = {
        "path": str(tmp_path / "n.txt"),
        "digest": digest_text("given"),
        "parameter": None,
        "staged": "n.txt",
    }
    script = write("names = ['n']", "with open(names[0] + '.txt') as f:\n    y = f.read()", inputs=[entry])
    work = tmp_path / "work"
    work.mkdir()
    (work / "n.txt").write_text("somebody's")
    assert "is there already" in call(script, cwd=work, expect=3).stderr
    assert (work / "n.txt").read_text() == "somebody's"
    (work / "n.txt").unlink()
    call(script, cwd=work)
    call(script, cwd=work)
    assert load(work) == "given"
