"""Targets of exports: files that machines read, whatever a notebook's names hold."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml

from nbmlops.plugins.manager import targets_for
from tests.targets.contexts import ALONE, CONTEXTS, HOSTILE, ORDINARY

TARGETS = targets_for("export")
PARSERS = {".py": ast.parse, ".yaml": yaml.safe_load, ".yml": yaml.safe_load, ".toml": tomllib.loads}


def write_target(name, context, folder):
    for path, text in TARGETS[name].render(context).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def test_the_engines_promised_are_there():
    assert {"airflow", "dask", "dvc", "github", "kfp", "make", "ray"} <= set(TARGETS)


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS.keys())
@pytest.mark.parametrize("name", TARGETS)
def test_files_can_be_read(name, context):
    files = TARGETS[name].render(context)
    assert files
    for path, text in files.items():
        assert text.endswith("\n"), path
        assert not any(line != line.rstrip() for line in text.splitlines()), path
        suffix = path[path.rindex(".") :] if "." in path else ""
        PARSERS.get(suffix, str)(text)


@pytest.mark.parametrize("name", sorted(set(TARGETS) - {"github"}))
def test_each_step_is_called_by_its_name(name):
    text = "".join(TARGETS[name].render(ORDINARY).values())
    assert text.index("reading") < text.rindex("task")
    assert "pipeline.py" in text
    assert "nbmlops" not in text


@pytest.mark.parametrize("context", [ORDINARY, ALONE], ids=["ordinary", "alone"])
def test_make_reads_its_file(context, tmp_path):
    write_target("make", context, tmp_path)
    for path in (*context.inputs, *context.code):
        (tmp_path / path).touch()
    said = subprocess.run(["make", "-n"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    ran = [line for line in said.splitlines() if "pipeline.py" in line]
    assert len(ran) == len(context.steps)


PIPELINE = """\
import pathlib, sys
words = sys.argv[1:]
workdir = pathlib.Path(words[words.index("--workdir") + 1])
name = words[1] if words[0] == "step" else ""
made = workdir / (RESULT if name in ("", LAST) else f"steps/{name}.pkl")
made.parent.mkdir(parents=True, exist_ok=True)
made.write_text("made")
with open("log", "a") as log:
    print(name or "all", *words[words.index("--workdir") + 2:], file=log)
"""


@pytest.fixture
def made_by(tmp_path):
    """Return a function that lets make run stand-ins for steps, and says which ran."""

    def run(context, *words):
        if not (tmp_path / "Makefile").exists():
            write_target("make", context, tmp_path)
            for path in (*context.inputs, *context.code):
                (tmp_path / path).touch()
            last = context.steps[-1].name
            (tmp_path / "pipeline.py").write_text(f"LAST, RESULT = {last!r}, {context.result!r}\n{PIPELINE}")
        (tmp_path / "log").write_text("")
        command = ["make", "PYTHON=python3", *words]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / "log").read_text().splitlines()

    return run


def test_make_runs_what_is_out_of_date(made_by, tmp_path):
    ordinary = CONTEXTS["ordinary"]
    assert made_by(ordinary) == ["reading", "task"]
    assert made_by(ordinary) == ["task"], "a step that asks the outside is never up to date"
    (tmp_path / "a.csv").touch()
    assert made_by(ordinary) == ["reading", "task"]
    assert made_by(ordinary, "ARGUMENTS=--n-trees 3") == ["reading --n-trees 3", "task --n-trees 3"]
    assert made_by(ordinary) == ["reading", "task"], "without the arguments it is another result"
    assert (tmp_path / "work" / "model.pkl").is_file()


def test_make_takes_whatever_files_are_called(made_by):
    odd = [made_by(HOSTILE), made_by(HOSTILE)]
    assert odd == [["reading", "task"], ["task"]]


def test_make_takes_away_what_a_run_wrote_before(made_by, tmp_path):
    made_by(ALONE)
    written = tmp_path / "work" / "a b" / "it's.csv"
    written.parent.mkdir()
    written.write_text("of the run before")
    assert made_by(ALONE) == []
    (tmp_path / "pipeline.py").touch()
    assert made_by(ALONE) == ["all"]
    assert not written.exists()


def test_make_is_here():
    assert shutil.which("make"), "these tests need make"


@pytest.mark.parametrize("name", TARGETS)
def test_scripts_are_clean_to_a_linter(name, tmp_path):
    write_target(name, ORDINARY, tmp_path)
    for module in ("pipeline.py", "tests/structure.py"):
        (tmp_path / module).parent.mkdir(exist_ok=True)
        (tmp_path / module).touch()
    rules = ["--select", "E,F,W,I,B,UP", "--ignore", "E402", "--line-length", "120"]
    own = ["--config", 'src = [".", "tests"]']
    command = [sys.executable, "-m", "ruff", "check", "--isolated", *rules, *own, "."]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
