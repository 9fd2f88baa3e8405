"""The commands as a script meets them: output, exit codes, messages."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import nbformat
import pytest

import nbmlops
from nbmlops.faces.cli import main

CELLS = [
    "import numpy as np\nfrom sklearn.linear_model import LinearRegression",
    "x = np.random.normal(size=(30, 2))\ny = x[:, 0] * 3",
    "print('a look at the data', x.mean())",
    "model = LinearRegression()\nmodel.fit(x, y)",
    "score = model.score(x, y)",
]


class Place:
    """A directory with a store of its own, where commands are typed."""

    def __init__(self, directory):
        self.directory = directory
        self.store = directory / ".nbmlops" / "store.db"
        self.environment = {**os.environ, "NBMLOPS_STORE": str(self.store)}

    def type(self, *words):
        """Answer a command in this process, which is faster and says the same."""
        output, errors = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
            patch.chdir(self.directory)
            patch.setenv("NBMLOPS_STORE", str(self.store))
            code = main(list(words))
        return subprocess.CompletedProcess(words, code, output.getvalue(), errors.getvalue())

    def spawn(self, command, **environment):
        """Answer a shell's command line in a process of its own."""
        options = {"cwd": self.directory, "capture_output": True, "text": True}
        given = {**self.environment, **environment}
        return subprocess.run(command, shell=True, check=False, env=given, **options)

    def write_notebook(self, name, cells):
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(nb, self.directory / name)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = Place(tmp_path_factory.mktemp("cli"))
    made.write_notebook("nb.ipynb", CELLS)
    done = made.type("run", "nb.ipynb")
    assert done.returncode == 0, done.stderr
    assert "running cell 1 of 5" in done.stderr
    return made


def test_queries_print_json_and_nothing_else(place):
    for words in (["history"], ["slice", "model"], ["why", "model"], ["runs"], ["models"], ["doctor"]):
        done = place.type(*words, "--json")
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert json.loads(done.stdout) is not None
        plain = place.type(*words)
        assert plain.returncode == 0
        assert plain.stdout.strip()


def test_export_prove_and_change(place):
    done = place.type("export", "model", "out", "--json")
    assert done.returncode == 0, done.stderr
    shape = json.loads(done.stdout)
    promised = "path history notebook verdict statements_kept statements_total parameters steps"
    assert set(promised.split()) <= shape.keys()
    assert shape["verdict"] == "identical"
    assert shape["statements_kept"] < shape["statements_total"]

    proved = place.type("prove", "out")
    assert proved.returncode == 0, proved.stderr
    assert "identical" in proved.stdout

    pipeline = place.directory / "out" / "pipeline.py"
    pipeline.write_text(pipeline.read_text().replace("* 3", "* 4"))
    changed = place.type("prove", "out", "--json")
    assert changed.returncode == 1
    assert json.loads(changed.stdout)["verdict"] == "different"
    refused = place.type("export", "model", "out")
    assert refused.returncode == 3
    assert "--overwrite" in refused.stderr
    assert place.type("export", "model", "out", "--overwrite", "--no-prove").returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["modles"], 2, "'models'"),
        (["approve", "income"], 2, "nbmlops approve --help"),
        (["slice", "modle"], 3, "'model'"),
        (["history", "--history", "never"], 3, "never"),
        (["run", "missing.ipynb"], 3, "missing.ipynb"),
        (["prove", "nowhere"], 3, "nowhere"),
        (["approve", "income", "1"], 3, "income"),
        (["promote", "income", "1", "champion"], 3, "income"),
        (["rollback", "income"], 3, "income"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_are_one_message(place, words, code, told):
    done = place.type(*words)
    assert done.returncode == code
    assert told in done.stderr
    assert done.stderr.startswith("nbmlops: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_cell_that_raises(place):
    place.write_notebook("bad.ipynb", ["a = 1", "a / 0", "b = 2"])
    done = place.type("run", "bad.ipynb")
    assert done.returncode == 3
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    history = json.loads(place.type("history", "--notebook", "bad.ipynb", "--json").stdout)
    assert [execution["status"] for execution in history] == ["ok", "error"]
    on = place.type("run", "bad.ipynb", "--allow-errors", "--json")
    assert on.returncode == 0
    assert [execution["status"] for execution in json.loads(on.stdout)] == ["ok", "error", "ok"]


def test_unreadable_notebooks_and_stores(place, tmp_path):
    (place.directory / "broken.ipynb").write_text("{ this is no notebook")
    done = place.type("run", "broken.ipynb")
    assert (done.returncode, "broken.ipynb" in done.stderr) == (3, True)
    (tmp_path / "store.db").write_text("this is no database, but a letter to my aunt")
    done = place.type("runs", "--store", str(tmp_path / "store.db"))
    assert (done.returncode, "store.db" in done.stderr) == (3, True)
    done = place.type("runs", "--store", str(tmp_path / "none" / "store.db"))
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)


def test_a_reader_that_leaves_is_no_error(place):
    done = place.spawn(f"{sys.executable} -m nbmlops why model | true")
    assert done.stderr == ""


def test_output_that_knows_few_letters(place):
    done = place.spawn(f"{sys.executable} -m nbmlops history", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr


def test_help(place):
    assert place.type().stdout.startswith("usage: nbmlops")
    assert place.type("--help").returncode == 0
    assert "NAME=FILE" in place.type("retrain", "--help").stdout


def test_bash_is_told_what_may_follow(place):
    asked = {"COMP_LINE": "nbmlops export model out --for ma", "COMP_POINT": "33"}
    command = [sys.executable, "-m", "nbmlops", "nbmlops", "ma", "--for"]
    env = {**place.environment, **asked}
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert said.stdout == "make\n"


def test_an_interrupt_anywhere_has_one_exit_code(tmp_path):
    code = """
import sys
from nbmlops import __main__ as command
from nbmlops.faces import cli
def answer(words):
    exec("raise KeyboardInterrupt")
cli._answer = answer
sys.exit(command.main(["runs"]))
"""
    (tmp_path / "asked.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "asked"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "nbmlops: Interrupted.\n")


def test_the_version_is_told(place):
    done = place.type("--version")
    assert (done.returncode, done.stdout) == (0, f"nbmlops {nbmlops.__version__}\n")
    assert "--version" in place.type("--help").stdout
