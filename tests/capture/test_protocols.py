"""What runs without being called by its name, and what is called by another one, is followed as well."""

from __future__ import annotations

import pytest

from tests.capture.recorded_shell import list_kept

HOLDER = "class C:\n    def __init__(self, d): self.d = d\n    def cap(self): self.d.sort()"
CAP = "def cap(v): v.sort()"
KEPT = {
    "name bound in a function of a function": (
        ["n = 1", "def tune():\n    global n\n    if n > 9: n = 9", "def main(): tune()", "main()"],
        "n",
    ),
    "functions written down in a call": (
        [
            "from functools import reduce\na = [1]",
            "def cap(v):\n    v.sort()\n    return v",
            "reduce(lambda v, f: f(v), [cap, cap], a)",
        ],
        "a",
    ),
    "property": (
        [
            "class C:\n    n = 1\n    @property\n    def p(self): self.n = min(self.n, 9)",
            "c = C(); c.n = 1",
            "c.p",
        ],
        "c",
    ),
    "property of itself": (
        [
            "class C:\n    n = 1\n    def go(self): self.p\n"
            "    @property\n    def p(self): self.n = min(self.n, 9)",
            "c = C(); c.n = 1",
            "c.go()",
        ],
        "c",
    ),
    "object that is called": (
        [
            "class C:\n    def __init__(self): self.n = 0\n    def __iadd__(self, v):\n        self.n += v\n"
            "        return self\n    def __call__(self, v): self += v",
            "c = C()",
            "c(0)",
        ],
        "c",
    ),
    "membership": (
        [
            "class C:\n    def __init__(self): self.d = [1]\n"
            "    def __contains__(self, v):\n        self.d.sort()\n        return True",
            "c = C()",
            "print(3 in c)",
        ],
        "c",
    ),
    "end of a block": (
        [
            "class C:\n    bad = 0\n    def __enter__(self): pass\n"
            "    def __exit__(self, *a):\n        if C.bad > 9: C.bad = 9",
            "with C(): print()",
        ],
        "C",
    ),
    "iteration": (
        [
            "class C:\n    n = 0\n    def __iter__(self):\n        self.n = min(self.n, 9)\n        yield 1",
            "c = C(); c.n = 1",
            "print(list(c))",
        ],
        "c",
    ),
    "keywords in a dict": (
        ["def cap(*, v): v.sort()", "a = [1]; given = {'v': a}", "cap(**given)"],
        "a",
    ),
    "method that is partly given": (
        [
            "from functools import partialmethod",
            "class C:\n    def __init__(self): self.d = [1]\n    def cap(self, n): self.d.sort()\n"
            "    cap9 = partialmethod(cap, 9)",
            "c = C()",
            "c.cap9()",
        ],
        "c",
    ),
    "method by its text": ([HOLDER, "a = [1]; c = C(a)", "getattr(c, 'cap')()"], "a"),
    "methods in a list": ([HOLDER, "a = [1]; c = C(a); acts = [c.cap]", "for f in acts: f()"], "a"),
    "default of a callback": (
        ["hits = [1]\nnote = lambda v, h=hits: h.sort()", "print(list(map(note, [1])))"],
        "hits",
    ),
    "deletion in a branch": (["a = 1; b = 2", "if b > 3: del a"], "a"),
    "view of an array": (
        ["import numpy as np", "x = np.ones((2, 2)); v = x[:, 0]", "np.nan_to_num(v, copy=False)"],
        "x",
    ),
    "dispatched by type": (
        [
            "from functools import singledispatch\n@singledispatch\ndef fix(v): pass",
            "@fix.register\ndef _(v: list): v.sort()",
            "a = [1]",
            "fix(a)",
        ],
        "a",
    ),
    "decorator that is a class": (
        [
            "class step:\n    def __init__(self, f): self.f = f\n"
            "    def __call__(self, *a): return self.f(*a)",
            f"@step\n{CAP}",
            "a = [1]",
            "cap(a)",
        ],
        "a",
    ),
    "transformer of one's own in a pipeline": (
        [
            "from sklearn.base import BaseEstimator, TransformerMixin\n"
            "from sklearn.pipeline import make_pipeline\nimport numpy as np",
            "class Cap(TransformerMixin, BaseEstimator):\n    def fit(self, X, y=None): return self\n"
            "    def transform(self, X):\n        X[X > 9] = 9\n        return X",
            "X, pipe = np.ones((2, 2)), make_pipeline(Cap())",
            "print(pipe.fit_transform(X))",
        ],
        "X",
    ),
}
DROPPED = {
    "number that is added to in a function": (["def f(n):\n    n += 1\n    return n", "n = 1", "f(n)"], "n"),
    "length of an object": (
        [
            "class C:\n    def __len__(self): return 3\n    def put(self): self.n = 1",
            "c = C()",
            "print(len(c))",
        ],
        "c",
    ),
    "dataset that is indexed": (
        [
            "class D:\n    def __init__(self, v): self.v = v\n    def __getitem__(self, i): return self.v[i]",
            "a = [1]; d = D(a)",
            "print(d[0], [x for x in d])",
        ],
        "a",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_runs_unnamed_is_kept(name: str) -> None:
    cells, target = KEPT[name]
    assert list_kept(cells, target)[-1] == str(len(cells))


@pytest.mark.parametrize("name", DROPPED)
def test_what_runs_unnamed_and_writes_nothing_is_dropped(name: str) -> None:
    cells, target = DROPPED[name]
    assert str(len(cells)) not in list_kept(cells, target)
