"""The command line of a pipeline: steps from files, what is up to date, parameters, exit codes."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.pipeline.supporting import copy_support

SCRIPT = '''"""Make `model`."""

import random
from dataclasses import dataclass, field
from pathlib import Path

import pipeline_support as _support

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Parameters:
    rows: str = field(default=str(HERE / "rows.txt"), metadata={"where": "cell 1", "input": True})
    rate: float = field(default=0.5, metadata={"where": "cell 3: `rate`"})
    deep: bool = field(default=False, metadata={"where": "cell 3: `deep`"})
    quiet: int = field(default=1, metadata={"where": "cell 4: `quiet`"})
    depths: tuple[int | None, ...] = field(default=(None, 4), metadata={"where": "cell 4: `depths`"})


class Model:
    def __init__(self, values):
        self.values = values


def load(parameters: Parameters) -> list:
    global seen
    rows = [int(line) for line in Path(parameters.rows).read_text().split()]
    seen = len(rows)
    return rows


def scale(parameters: Parameters, rows: list) -> list:
    scaled = [parameters.rate * row for row in rows]
    Path("scaled.txt").write_text(str(scaled))
    return scaled


def fit(parameters: Parameters, scaled: list) -> Model:
    scaled.append(1 / (parameters.quiet + 0))
    scaled += [0 for _ in parameters.depths if parameters.depths != (None, 4)]
    model = Model([scaled, random.random(), seen, Path("scaled.txt").read_text()])
    return model


def run(parameters: Parameters | None = None, workdir: str | Path | None = None) -> Model:
    with _support.working_directory(parameters or Parameters(), workdir) as parameters:
        rows = load(parameters)
        scaled = scale(parameters, rows)
        model = fit(parameters, scaled)
    return model


STEPS = {
    "load": _support.Step(load, (), ("rows",)),
    "scale": _support.Step(scale, ("rows",), ("scaled",), writes=("scaled.txt",)),
    "fit": _support.Step(fit, ("scaled",), ("model",), reads=("scaled.txt",)),
}
SHARED: tuple[str, ...] = ("seen",)

if __name__ == "__main__":
    import pipeline_support.command

    raise SystemExit(pipeline_support.command.main(__name__, "model"))
'''


@pytest.fixture
def export(tmp_path):
    """A folder with a pipeline as exports have it."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name, content in copy_support().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "pipeline.py").write_text(SCRIPT)
    (folder / "rows.txt").write_text("1 2 3")
    entry = {"path": "rows.txt", "digest": digest_bytes(b"1 2 3"), "parameter": "rows", "staged": None}
    (folder / "inputs.json").write_text(json.dumps([entry]))
    return folder


def call(export, *arguments, expect=0):
    command = [sys.executable, "-I", "-c", RUN, str(export), *map(str, arguments)]
    done = subprocess.run(command, cwd=export.parent, capture_output=True, text=True, check=False)
    assert done.returncode == expect, (done.stdout, done.stderr)
    return done


# The seed is the kernel's before the first step.
RUN = """
import random, runpy, sys
folder = sys.argv.pop(1)
sys.argv[0] = folder + "/pipeline.py"
sys.path.insert(0, folder)
random.seed(3)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def read_model(folder):
    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            assert module == "pipeline"
            return type(name, (), {})

    with (folder / "model.pkl").open("rb") as file:
        return Reader(file).load().values


def test_support_imports_nothing_of_the_package():
    text = b"\n".join(copy_support().values())
    assert b"nbmlops" not in text
    assert b"from pipeline_support.stepping import" in text


def test_steps_from_files_are_the_whole(export, tmp_path):
    call(export)
    for name in ("load", "scale", "fit"):
        call(export, "step", name, "--workdir", "work")
    assert read_model(tmp_path) == read_model(tmp_path / "work")
    assert not list(tmp_path.rglob("*.part"))


def test_a_step_asks_only_for_its_own_inputs(export, tmp_path):
    call(export)
    call(export, "step", "load", "--workdir", "work")
    (export / "rows.txt").unlink()
    for name in ("scale", "fit"):
        call(export, "step", name, "--workdir", "work")
    assert read_model(tmp_path) == read_model(tmp_path / "work")
    assert "rows.txt' is missing" in call(export, "step", "load", "--workdir", "work", expect=3).stderr


def test_a_step_without_the_one_before_it_says_so(export):
    assert "Run the step 'load' first" in call(export, "step", "scale", expect=3).stderr


@pytest.mark.parametrize(
    ("change", "skipped"),
    [
        (lambda out: None, ["load", "scale", "fit"]),
        (lambda out: (out / "rows.txt").write_text("1 2 4"), []),
        (lambda out: edit(out / "pipeline.py", "for row in rows]", "for row in rows][:2]"), ["load"]),
        (lambda out: edit(out / "pipeline.py", "class Model:", "class Model:\n    a = 1\n"), []),
        (lambda out: edit(out / "pipeline.py", "cell 4", "cell 5"), ["load", "scale", "fit"]),
        (lambda out: edit(out / "pipeline.py", "default=0.5", "default=0.25"), ["load"]),
        (lambda out: edit(out / "pipeline.py", "quiet + 0", "quiet + 1"), ["load", "scale"]),
        (lambda out: edit(out.parent / "w" / "scaled.txt", "[0.5", "[0.7"), ["load", "fit"]),
        (lambda out: (out.parent / "w" / "model.pkl").write_bytes(b""), ["load", "scale"]),
        (lambda out: (out.parent / "w" / "steps" / "load.pkl").write_bytes(b"cut off"), ["scale", "fit"]),
        (lambda out: (out.parent / "w" / "steps" / "scale.json").write_bytes(b"{"), ["load", "fit"]),
        (lambda out: (out / "mine.py").write_text("a = 1"), []),
    ],
)
def test_only_what_is_up_to_date_is_skipped(export, tmp_path, change, skipped):
    call(export, "--workdir", "w", "--resume")
    first = read_model(tmp_path / "w")
    change(export)
    done = call(export, "--resume", "--workdir", "w", "-v")
    told = done.stderr
    assert [n for n in ("load", "scale", "fit") if f"{n} is up to date" in told] == skipped, told
    assert ("model.pkl is up to date" in done.stdout) == ("fit" in skipped)
    assert ("wrote " in done.stdout) == ("fit" not in skipped)
    again = read_model(tmp_path / "w")
    call(export, "--workdir", "fresh")
    assert again == read_model(tmp_path / "fresh")
    assert skipped != ["load", "scale", "fit"] or again == first


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_parameter_runs_again_only_what_reads_it(export):
    call(export, "--resume")
    told = call(export, "--resume", "--the-quiet", "2", "--verbose").stderr
    assert "scale is up to date" in told
    assert "fit runs: parameters changed: quiet" in told


def test_a_step_that_asks_the_outside_is_never_skipped(export):
    edit(export / "pipeline.py", '("rows",)),', '("rows",), always=True),')
    call(export, "--resume")
    told = call(export, "--resume").stderr
    assert "load is up to date" not in told
    assert "scale is up to date" in told


def test_a_step_that_appends_begins_anew(export, tmp_path):
    edit(export / "pipeline.py", 'Path("scaled.txt").write_text(', 'open("scaled.txt", "a").write(')
    edit(export / "pipeline.py", 'writes=("scaled.txt",)', 'writes=("scaled.txt",), fresh=("scaled.txt",)')
    call(export, "--resume")
    call(export, "--resume", "--rate", "2")
    assert (tmp_path / "scaled.txt").read_text() == "[2.0, 4.0, 6.0]"
    assert "scale is up to date" in call(export, "--resume", "--rate", "2", "-v").stderr
    (tmp_path / "scaled.txt").write_text("mine")
    assert "is there already" in call(export, "--resume", "--rate", "3", expect=3).stderr
    assert (tmp_path / "scaled.txt").read_text() == "mine"


def test_a_killed_step_is_run_again(export, tmp_path):
    call(export, "--resume")
    edit(export / "pipeline.py", "scaled.append", "raise SystemExit(9)\n    scaled.append")
    call(export, "--resume", expect=9)
    edit(export / "pipeline.py", "raise SystemExit(9)\n    ", "")
    told = call(export, "--resume").stderr
    assert "scale is up to date" in told
    assert "fit is up to date" not in told
    assert read_model(tmp_path)[0] == [0.5, 1.0, 1.5, 1.0]


def test_what_cannot_be_written_is_made_again(export, tmp_path):
    edit(export / "pipeline.py", "    return scaled", "    return (row for row in scaled)")
    edit(export / "pipeline.py", "scaled.append", "scaled = list(scaled)\n    scaled.append")
    assert "will not be skipped" in call(export, "--resume").stderr
    told = call(export, "--resume").stderr
    assert "load is up to date" in told
    assert read_model(tmp_path)[0] == [0.5, 1.0, 1.5, 1.0]
    assert "cannot be written" in call(export, "step", "scale", expect=3).stderr


def test_parameters_come_from_options_then_the_file_then_the_notebook(export, tmp_path):
    (tmp_path / "p.toml").write_text('rate = 2\ndeep = true\nrows = "mine.txt"\n')
    (tmp_path / "mine.txt").write_text("5")
    call(export, "--params", "p.toml")
    assert read_model(tmp_path)[0][:-1] == [10.0]
    call(export, "--params", "p.toml", "--rate", "3")
    assert read_model(tmp_path)[0][:-1] == [15.0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ratte = 1", "did you mean 'rate'?"),
        ("zzz = 1", "there are: rows, rate, deep, quiet, depths"),
        ('rate = "x"', "which is str; it has to be float"),
        ("quiet = true", "which is bool; it has to be int"),
        ("quiet = 1.0", "which is float; it has to be int"),
        ("depths = 4", "is given as 4, which is int; it has to be array[int | 'none']"),
        ('depths = [4, "x"]', "which is list; it has to be array[int | 'none']"),
        ("quiet =", "is no TOML"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_wrong_file_of_parameters_is_told(export, tmp_path, text, told):
    if text is not None:
        (tmp_path / "p.toml").write_text(text)
    done = call(export, "--params", "p.toml", expect=2)
    assert told in done.stderr
    assert not (tmp_path / "model.pkl").exists()


@pytest.mark.parametrize("arguments", [["--rat", "1"], ["--rate", "x"], ["step", "fix"], ["--deep", "maybe"]])
def test_wrong_options_are_told(export, arguments):
    assert "Traceback" not in call(export, *arguments, expect=2).stderr


def test_an_array_is_written_as_in_the_file(export, tmp_path):
    (tmp_path / "p.toml").write_text('depths = ["none", 5]')
    call(export, "--params", "p.toml")
    assert read_model(tmp_path)[0][-2:] == [0, 0]
    call(export, "--params", "p.toml", "--depths", "[3]")
    assert read_model(tmp_path)[0][-2:] == [1.0, 0]
    told = call(export, "--depths", "4 2", expect=2).stderr
    assert "'4 2' is no array; write one as parameters.toml does: --depths '[\"none\", 4]'" in told


def test_an_error_names_the_step_and_the_line(export):
    edit(export / "pipeline.py", "quiet + 0", "quiet - 1")
    told = call(export, expect=3).stderr
    line = next(n for n, text in enumerate(SCRIPT.splitlines(), 1) if "quiet + 0" in text)
    assert f"error: the step 'fit', line {line} of pipeline.py: ZeroDivisionError" in told
    assert "Traceback" not in told
    assert "Traceback" in call(export, "--verbose", "--resume", expect=3).stderr


def test_progress_goes_to_stderr_unless_quiet(export):
    assert "step 2 of 3: scale took" in call(export).stderr
    assert call(export, "-q").stderr == ""


def test_help_tells_defaults_and_exit_codes(export):
    told = call(export, "--help").stdout
    assert "cell 3: `rate` (default: 0.5)" in told
    assert "--depths ARRAY" in told
    assert '(default: ["none", 4])' in told
    assert "1 a check failed" in told
