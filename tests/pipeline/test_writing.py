"""What is written can be compiled, is clean to a linter, and spells types with its own imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nbmlops.pipeline.annotating import Annotator
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.pipeline.parts import make_parts
from nbmlops.pipeline.writing import flatten_pieces, write_pipeline
from nbmlops.slicing.cutting import cut_slice
from tests.core.trace import ENVIRONMENT, make_history, say

TWO = [
    say("import numpy as np", binds="np"),
    say("from collections import Counter", binds="Counter"),
    say(
        "class Scale:\n    def fit(self, x):\n        self.k = np.max(x)\n        return self", binds="Scale"
    ),
    say("n = 3", binds="n"),
]
LINES = {
    "steps": [
        *TWO,
        say("a = np.ones(n)", reads="np n", binds="a", types={"a": "numpy.ndarray"}, heading="Get ünicode\\"),
        say("# why\na *= 2  # é", reads="a", changes="a", heading="Then"),
        say("y = Scale().fit(a)", reads="Scale a np", late="np", binds="y", types={"y": "__main__.Scale"}),
    ],
    "raised": [
        say("y = []", binds="y"),
        say("y.append(1 / 0)", reads="y", changes="y", error="ZeroDivisionError: x"),
    ],
    "text over lines": [say('y = """a\n  b\n"""', binds="y")],
    "dynamic": [say("exec('k = 1')", binds="k"), say("y = k", reads="k", binds="y")],
    "restored": [
        say("import numpy as np", binds="np"),
        say("rng = np.random.default_rng()", reads="np", binds="rng", origin={"rng": "c1"}),
        say("a = rng.random()", reads="rng", changes="rng", binds="a"),
        say("y = np.random.rand() + a", reads="np a", moves="numpy", binds="y", origin={"numpy": "c2"}),
    ],
    "awaits": [say("async def f():\n    return 1", binds="f"), say("y = await f()", reads="f", binds="y")],
    "own dataclass": [
        say("from dataclasses import dataclass, field", binds="dataclass field"),
        say("@dataclass\nclass A:\n    n: list = field()", reads="dataclass field", binds="A"),
        say("y = A([])", reads="A", binds="y"),
    ],
    "only a definition": [say("def y():\n    return 1", binds="y")],
}


def plan_of(lines):
    history = make_history(*lines)
    return cut_pipeline(cut_slice(history, "y"), history)


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES.keys())
def test_written_text_is_clean(lines, tmp_path):
    plan = plan_of(lines)
    written = write_pipeline(plan, ENVIRONMENT, ("numpy==2.3.1",), {}, "Made by hand.")
    (tmp_path / "pipeline.py").write_text(written.pipeline)
    compile(written.pipeline, "pipeline.py", "exec")
    if any("exec(" in code for code, _ in lines):
        return  # a name that only `exec` binds is unknown to any linter
    if written.definitions is not None:
        (tmp_path / "definitions.py").write_text(written.definitions)
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E4,E7,E9,F",
    ]
    done = subprocess.run([*command, str(tmp_path)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + written.pipeline
    assert set(written.lines.values()) <= {p.statement.place for p in plan.parts}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES.keys())
def test_pieces_compile(lines):
    plan = plan_of(lines)
    pieces = flatten_pieces(plan)
    assert [p.place for p in pieces] == [p.statement.place for p in plan.parts]
    for piece in pieces:
        compile(piece.code, "piece", "exec")


def test_lines_point_at_statements():
    written = write_pipeline(plan_of(LINES["steps"]), ENVIRONMENT, (), {}, "Made by hand.")
    text = written.pipeline.split("\n")
    at = {place: text[line - 1].strip() for line, place in written.lines.items()}
    assert at[(1, 0)] == "import numpy as np"
    assert at[(6, 0)] == "# why"


@pytest.mark.parametrize(
    ("kind", "spelled"),
    [
        ("builtins.list", "list"),
        ("numpy.ndarray", "np.ndarray"),
        ("collections.Counter", "Counter"),
        ("__main__.Scale", "Scale"),
        ("pandas.core.frame.DataFrame", "object"),
        ("builtins.generator", "object"),
        ("", "object"),
    ],
)
def test_annotations(kind, spelled):
    use = say("y = f(np, Counter, Scale)", reads="np Counter Scale", binds="y", types={"y": kind})
    annotator = Annotator(make_parts(cut_slice(make_history(*TWO, use), "y")))
    assert annotator.annotate("y") == spelled
