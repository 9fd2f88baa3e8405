"""What each statement is to a pipeline: an import, a definition or an action; and what must be global."""

from __future__ import annotations

import pytest

from nbmlops.errors import ExportError
from nbmlops.pipeline.parts import late_names, make_parts, shared_names
from nbmlops.slicing.cutting import cut_slice
from tests.core.trace import make_history, say

F = say("def f(x): return x", binds="f")
END = say("y = 1", binds="y")

ROLES = {
    "import": (say("import numpy as np", binds="np"), "import"),
    "import that draws": (say("import lib", binds="lib", moves="random"), "import"),
    "import that reads its own file": (say("import mine", binds="mine", loads="/home/me/mine.py"), "import"),
    "import that opens data": (say("import mine", binds="mine", opens="/data.csv"), "action"),
    "import that sets": (say("import lib", binds="lib", sets="pandas"), "action"),
    "try import": (
        say(
            "try:\n    import a\nexcept ImportError:\n    import b as a",
            binds="a",
            types={"a": "builtins.module"},
        ),
        "import",
    ),
    "function": (F, "definition"),
    "class": (say("class A:\n    pass", binds="A"), "definition"),
    "function with a default from the data": (say("def f(x=k): return x", reads="k", binds="f"), "action"),
    "function under a name of pipeline.py": (say("def run(): return 1", binds="run"), "action"),
    "plain assignment": (say("a = 1", binds="a"), "action"),
    "function that was bound by a decorator that failed": (
        say("@d\ndef f(): pass", binds="f", error="E: x"),
        "action",
    ),
    "own dataclass import": (say("from dataclasses import dataclass", binds="dataclass"), "import"),
    "something else called dataclass": (
        say("from attrs import define as dataclass", binds="dataclass"),
        "action",
    ),
}


def parts_of(*lines, name):
    return make_parts(cut_slice(make_history(*lines), name))


@pytest.mark.parametrize(("line", "role"), ROLES.values(), ids=ROLES.keys())
def test_roles(line, role):
    used = line[1]["binds"]
    part, _ = parts_of(line, say("y = g()", reads=used, binds="y"), name="y")
    assert part.role == role


def test_a_function_made_twice_is_an_action():
    parts = parts_of(
        F,
        say("a = f(1)", reads="f", binds="a"),
        say("def f(x): return 2", binds="f"),
        say("y = f(a)", reads="f a", binds="y"),
        name="y",
    )
    assert [p.role for p in parts] == ["action"] * 4


def test_two_modules_under_one_name_are_actions():
    parts = parts_of(
        say("import a as m", binds="m"),
        say("x = m.x", reads="m", binds="x"),
        say("import b as m", binds="m"),
        say("y = m.x + x", reads="m x", binds="y"),
        name="y",
    )
    assert [p.role for p in parts] == ["action"] * 4


def test_the_same_import_twice_is_an_import():
    again = say("import m", binds="m")
    parts = parts_of(
        again,
        say("x = m.x", reads="m", binds="x"),
        again,
        say("y = m.x(x)", reads="m x", binds="y"),
        name="y",
    )
    assert [p.role for p in parts] == ["import", "action", "import", "action"]


def test_a_definition_that_names_an_input_is_an_action():
    slice_ = cut_slice(make_history(F, say("y = f(1)", reads="f", binds="y")), "y")
    assert [p.role for p in make_parts(slice_, lambda tree: True)] == ["action", "action"]


@pytest.mark.parametrize(
    ("code", "source", "said"),
    [
        ("get_ipython().run_line_magic('sql', 'x')", "%sql x", "`%sql x` has no form"),
        ("", "x = 1", "not recorded"),
    ],
)
def test_what_cannot_leave(code, source, said):
    slice_ = cut_slice(make_history(say(code, source=source, binds="y")), "y")
    with pytest.raises(ExportError, match="Cell 1 cannot be exported") as caught:
        make_parts(slice_)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("def f(x):\n    return x + k", {"k"}),
        ("g = lambda: k + len(s)", {"k", "s"}),
        ("y = k", set()),
        ("class A:\n    def m(self):\n        return deep()", {"deep"}),
        ("y = [k for _ in z]", set()),
        ("y = (k for _ in z)", {"k"}),
        ("y = [lambda: k for _ in z]", {"k"}),
        ("def f():\n    return [k for _ in ()]", {"k"}),
        ("%broken", set()),
    ],
)
def test_late_names(code, names):
    assert late_names(code) == names


K = say("k = 2", binds="k")
SHARED = {
    "a definition looks data up": (
        [K, say("def f(): return k", binds="f"), say("y = f()", reads="f", late="k", binds="y")],
        {"k"},
    ),
    "a lambda that the target may hold": (
        [K, say("y = list(map(lambda v: v + k, [1]))", reads="k", binds="y")],
        {"k"},
    ),
    "a lambda that outlives nothing": (
        [
            K,
            say("a = sum(map(lambda v: v + k, [1]))", reads="k", binds="a"),
            say("y = a", reads="a", binds="y"),
        ],
        set(),
    ),
    "a comprehension is over at once": ([K, say("y = [v + k for v in [1]]", reads="k", binds="y")], set()),
    "exec binds unseen": ([say("exec('k = 1')", binds="k"), say("y = k", reads="k", binds="y")], {"k"}),
    "eval looks up unseen": ([K, say("y = eval('k')", reads="k", binds="y")], {"k"}),
    "nothing late": ([K, say("y = k", reads="k", binds="y")], set()),
}


@pytest.mark.parametrize(("lines", "names"), SHARED.values(), ids=SHARED.keys())
def test_shared_names(lines, names):
    assert shared_names(parts_of(*lines, name="y"), "y") == names
