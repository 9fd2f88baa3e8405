"""Close: what another machine makes differs by rounding, is measured, and is never called identical."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from nbmlops.proof.closeness import find_machine_changes
from nbmlops.proof.equivalence import Rival
from nbmlops.proof.measuring import compare_streams, take_stream
from nbmlops.proof.sandbox import make_sandbox
from nbmlops.values import structure
from nbmlops.values.numerics import describe_machine
from nbmlops.values.structure import structural_digest

MAKE = """\
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge

X, y = load_digits(return_X_y=True)
value = Ridge(alpha=0.5).fit(X, y)
"""
TELL = f"""\
{MAKE}
import json, pickle, sys
from nbmlops.values.numerics import describe_machine
from nbmlops.values.structure import structural_digest
sys.stdout.buffer.write(pickle.dumps((pickle.dumps(value), structural_digest(value), describe_machine())))
"""


@pytest.fixture(scope="module")
def elsewhere() -> dict[str, str]:
    """Variables under which numpy and OpenBLAS compute as an older machine would."""
    probe = (
        "from numpy._core import _multiarray_umath as m\n"
        "print(*(f for f in m.__cpu_dispatch__ if m.__cpu_features__[f]))"
    )
    found = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return {"NPY_DISABLE_CPU_FEATURES": found.stdout.strip(), "OPENBLAS_CORETYPE": "Nehalem"}


@pytest.fixture(scope="module")
def notebook() -> tuple[bytes, str, dict[str, str]]:
    """The pickle of an object, its digest, and the machine that it was made on."""
    made = subprocess.run([sys.executable, "-c", TELL], capture_output=True, check=True)
    return pickle.loads(made.stdout)


def test_another_kernel_of_the_same_machine_is_close(make_export, notebook, elsewhere):
    content, digest, machine = notebook
    export = make_export(MAKE)
    here = export.prove(digest, rival=Rival(lambda: content, {}), recorded=machine)
    there = export.prove(digest, rival=Rival(lambda: content, {}), recorded=machine, variables=elsewhere)
    assert here.verdict == "identical"
    assert there.verdict == "close"
    assert there.distance is not None
    assert 0 < there.distance.differing <= there.distance.numbers
    assert there.distance.ulps > 0
    assert there.distance.relative < 1e-9
    assert "Nehalem" in (there.cause or "")
    assert there.machine != here.machine


def test_rounding_on_the_same_machine_is_different(make_export, notebook):
    content, digest, machine = notebook
    export = make_export(MAKE, "value.coef_ = np.nextafter(value.coef_, 1)")
    proof = export.prove(digest, rival=Rival(lambda: content, {}), recorded=machine)
    assert (proof.verdict, proof.distance) == ("different", None)


@pytest.mark.parametrize(
    "change",
    [
        "value.coef_ = value.coef_ + 1e-3",
        "value.alpha = 0.6",
        "value.note = 'x'",
        "value.coef_ = value.coef_[:3]",
    ],
)
def test_what_is_more_than_rounding_is_different_everywhere(make_export, notebook, elsewhere, change):
    content, digest, machine = notebook
    export = make_export(MAKE, change)
    proof = export.prove(digest, rival=Rival(lambda: content, {}), recorded=machine, variables=elsewhere)
    assert proof.verdict == "different"


def compare(ours, theirs):
    return compare_streams(take_stream(structure, ours), take_stream(structure, theirs))


def nudge(array, steps=1):
    moved = array.copy()
    for _ in range(steps):
        moved[-1] = np.nextafter(moved[-1], moved.dtype.type(9e9 if moved.dtype != np.float16 else 6e4))
    return moved


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8"])
def test_steps_between_floats_are_counted(dtype):
    array = np.array([1.0, -2.0, 3.0], dtype)
    gap = compare(array, nudge(array, 3))
    assert gap is not None
    assert (gap.numbers, gap.differing, gap.ulps) == (3, 1, 3)


def test_steps_are_counted_across_zero():
    gap = compare(np.array([5e-324, 1.0]), np.array([-5e-324, 1.0]))
    assert gap is not None
    assert (gap.differing, gap.ulps) == (1, 2)
    assert gap.relative < 1e-300


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (0.1, np.nextafter(0.1, 1).item()),
        ([0.1, {"a": 0.2}], [0.1, {"a": np.nextafter(0.2, 1).item()}]),
        ([0.5] * 40, [0.5] * 39 + [np.nextafter(0.5, 1).item()]),
        (np.float32(0.1), np.nextafter(np.float32(0.1), np.float32(1))),
        (np.array([1 + 2j]), np.array([1 + np.nextafter(2, 3) * 1j])),
        (
            np.array([(1, 0.5)], [("n", "i8"), ("x", "f8")]),
            np.array([(1, np.nextafter(0.5, 1))], [("n", "i8"), ("x", "f8")]),
        ),
    ],
    ids=["float", "nested", "list", "scalar", "complex", "records"],
)
def test_every_place_of_a_float_is_found(ours, theirs):
    gap = compare(ours, theirs)
    assert gap is not None
    assert (gap.differing, gap.ulps) == (1, 1)
    assert gap.relative < 1e-6


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1.0]), np.array([np.nan])),
        (np.array([1.0]), np.array([np.inf])),
        (np.array([1.0]), np.array([1.0], "f4")),
        (np.array([1.0, 2.0]), np.array([[1.0, 2.0]])),
        ([1.0], [1.0, 1.0]),
        (["a"], ["b"]),
        (1, 1.0),
        (True, False),
        ({"a": 1.0}, {"b": 1.0}),
        (np.array([(1, 0.5)], [("n", "i8"), ("x", "f8")]), np.array([(2, 0.5)], [("n", "i8"), ("x", "f8")])),
    ],
)
def test_nothing_else_is_rounding(ours, theirs):
    assert structural_digest(ours) != structural_digest(theirs)
    assert compare(ours, theirs) is None


def test_the_machine_is_told():
    machine = describe_machine()
    assert machine["cores"].isdecimal()
    assert any(name.startswith("openblas of") for name in machine)
    assert find_machine_changes(machine, machine) == ()
    assert find_machine_changes({"cores": "64", "gone": "x"}, {"cores": "2"}) == (
        "cores is 2 here, and was 64 in the notebook",
    )
    assert json.loads(json.dumps(machine)) == machine


def test_a_shorter_second_answer_is_whole(tmp_path):
    script = tmp_path / "answering.py"
    script.write_text(
        "import json, os, sys\n"
        "settings, result = sys.argv[1:]\n"
        "told = {'said': 'x' * json.load(open(settings))['n'], 'nonce': sys.stdin.read()}\n"
        "os.pwrite(os.open(result, os.O_WRONLY), json.dumps(told).encode(), 0)\n"
    )
    with make_sandbox() as sandbox:
        first = sandbox.run(str(script), {"n": 100}, None, 60)
        second = sandbox.run(str(script), {"n": 1}, None, 60)
    assert first.result is not None
    assert second.result is not None
    assert second.result["said"] == "x"
