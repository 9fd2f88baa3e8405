from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from nbmlops.proof.referee import digest_placeless
from nbmlops.values import structure

STEPS = """\
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace as Step


@dataclass(frozen=True)
class Parameters:
    pass


def load(parameters):
    return [3, 1, 2]


def sort(parameters, numbers):
    numbers.sort()
    return numbers, Path(__file__).parent / "x.csv", (n for n in numbers), {"folder": str(Path.cwd())}


def show(parameters, ordered):
    print(ordered)


def run(parameters=None, workdir=None):
    numbers = load(parameters)
    ordered, path, lazy, settings = sort(parameters, numbers)
    show(parameters, ordered)
    return ordered[0]


STEPS = {
    "load": Step(function=load, inputs=(), outputs=("numbers",)),
    "sort": Step(function=sort, inputs=("numbers",), outputs=("ordered", "path", "lazy", "settings")),
    "show": Step(function=show, inputs=("ordered",), outputs=()),
}
"""


def test_what_each_step_returns_is_described(make_export):
    export = make_export("value = 1")
    (export.directory / "pipeline.py").write_text(STEPS)
    proof = export.prove(structure.structural_digest(1))
    assert proof.verdict == "identical", proof.cause
    assert proof.steps == {
        "load": {"numbers": structure.structural_digest([3, 1, 2])},
        "sort": {"ordered": structure.structural_digest([1, 2, 3])},
        "show": {},
    }
    assert set(proof.seconds) == {"load", "sort", "show"}
    assert all(seconds >= 0 for seconds in proof.seconds.values())


def test_a_pipeline_without_steps_has_none(make_export):
    assert make_export("value = 1").prove(None).steps == {}


@pytest.mark.parametrize(
    "value",
    [
        "/made/here/x.csv",
        b"/made/here/x.csv",
        ["a", {"b": "file:///made/here"}],
        Path("/made/here/x.csv"),
        {"nested": (1, Path("/made/here"))},
        ["-" * 40] * 30 + ["/made/here"],
    ],
)
def test_a_value_that_names_its_place_is_left_out(value):
    assert digest_placeless(structure, value, ["/elsewhere", "/made/here"]) is None
    assert digest_placeless(structure, value, ["/made/there"]) == structure.structural_digest(value)


def test_a_value_without_a_description_is_left_out():
    assert digest_placeless(structure, (n for n in [1]), []) is None


def test_an_earlier_description_of_values_judges_its_own_export(make_export):
    export = make_export("value = 1")
    copy = export.directory / "tests" / "structure.py"
    copy.write_text(copy.read_text().replace("hasher = hashlib.sha256()", "hasher = hashlib.sha512()", 1))
    recorded = hashlib.sha256(copy.read_bytes()).hexdigest()
    earlier = export.prove(None, structure=recorded).obtained
    assert earlier is not None
    assert len(earlier) == 128
    assert export.prove(earlier, structure=recorded).verdict == "identical"
    assert export.prove(earlier).verdict == "failed"
    with copy.open("a") as file:
        file.write("\n")
    changed = export.prove(earlier, structure=recorded)
    assert changed.verdict == "failed"
    assert "'tests/structure.py' was changed" in changed.cause


def test_an_interpreter_of_another_environment(make_export, tmp_path):
    python = tmp_path / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    base = Path(os.path.realpath(os.sys._base_executable))
    python.symlink_to(base)
    (tmp_path / "environment" / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    export = make_export("import sys", "value = sys.prefix")
    elsewhere = export.prove(structure.structural_digest(str(tmp_path / "environment")), python=python)
    assert elsewhere.verdict == "identical", elsewhere.cause
    assert "of a clean environment" in elsewhere.compared[0]
    different = export.prove(python=python)
    assert different.verdict == "different"
    assert different.diverged_at is None
    assert "has no nbmlops" in different.cause
    lacking = make_export("import pandas", "value = 1", name="lacking").prove(python=python)
    assert lacking.verdict == "failed"
    assert "No module named 'pandas'" in lacking.cause


def test_the_statement_that_takes_long_is_told(make_export):
    export = make_export("n = 1", "while n < 10_000_000: n += 1", "value = n")
    proof = export.prove(structure.structural_digest(10_000_000))
    assert proof.verdict == "identical", proof.cause
    assert proof.took[0].code.startswith("while n <")
    assert proof.took[0].seconds > 0
