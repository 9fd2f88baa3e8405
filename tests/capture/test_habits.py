"""What functions of the notebook's own write to is kept, however they are called."""

from __future__ import annotations

import pytest

from tests.capture.recorded_shell import list_kept

KEPT = {
    "decorated twice": (
        [
            "import functools",
            "def keep(g):\n    @functools.wraps(g)\n    def h(*a): return g(*a)\n    return h",
            "# to sort\n@keep\n@keep\ndef f(v):\n    v.sort()",
            "a = [1]",
            "f(a)",
        ],
        "a",
    ),
    "lambda beside another, over lines": (
        ["f, g = (\n    lambda v: v.sort(),\n    lambda w: len(w),\n)", "a = [1]", "f(a)"],
        "a",
    ),
    "function below a magic": (["%precision 3\ndef f(v):\n    v.sort()", "a = [1]", "f(a)"], "a"),
    "helper of a helper": (
        [
            "def cap(v):\n    v[:] = [x for x in v if x < 9]",
            "def clean(w):\n    cap(w)",
            "a = [1]",
            "clean(a)",
        ],
        "a",
    ),
    "helpers that call one another": (
        [
            "def even(v, n):\n    if n: odd(v, n - 1)",
            "def odd(v, n):\n    v.sort()\n    if n: even(v, n - 1)",
            "a = [1]",
            "even(a, 3)",
        ],
        "a",
    ),
    "closure": (
        [
            "def make(limit):\n    seen = [1]\n    def f(v): seen.sort()\n    return f",
            "f = make(3)",
            "f(1)",
        ],
        "f",
    ),
    "nonlocal": (
        [
            "def make():\n    n = 0\n    def f(v):\n        nonlocal n\n        n = max(n, v)\n    return f",
            "f = make()",
            "f(0)",
        ],
        "f",
    ),
    "partial": (
        [
            "from functools import partial",
            "def cap(v, top):\n    v[:] = [min(x, top) for x in v]",
            "g, a = partial(cap, top=9), [1]",
            "g(a)",
        ],
        "a",
    ),
    "partial that holds it": (
        [
            "from functools import partial",
            "def cap(v, top):\n    v[:] = [min(x, top) for x in v]",
            "a = [1]",
            "g = partial(cap, a)",
            "g(9)",
        ],
        "a",
    ),
    "callback that writes to a global": (
        ["a = [1]", "def see(x):\n    a[:] = a[:5]\n    return x", "print(list(map(see, [1])))"],
        "a",
    ),
    "callback that writes to what it gets": (
        ["def fix(d):\n    d['x'] = min(d['x'], 9)", "rows = [{'x': 1}]", "list(map(fix, rows))"],
        "rows",
    ),
    "key of a sort": (
        ["a = [1]", "def key(x):\n    a.sort()\n    return x", "print(sorted([2, 1], key=key))"],
        "a",
    ),
    "transformer with a function of its own": (
        [
            "from sklearn.preprocessing import FunctionTransformer; import numpy as np",
            "def clip(X):\n    X[X > 9] = 9\n    return X",
            "X, t = np.ones((2, 2)), FunctionTransformer(clip)",
            "print(t.fit_transform(X))",
        ],
        "X",
    ),
    "functions in a list": (
        ["def f(v): v.sort()", "steps, a = [f, f], [1]", "for step in steps: step(a)"],
        "a",
    ),
    "method of an attribute": (
        [
            "class A:\n    def __init__(self): self.d = [1]\n    def cap(self): self.d.sort()",
            "class B:\n    def __init__(self): self.a = A()\n    def go(self): self.a.cap()",
            "b = B()",
            "b.go()",
        ],
        "b",
    ),
    "method of its own class": (
        [
            "class C:\n    n = 1\n    def cap(self): self.n = min(self.n, 9)\n    def go(self): self.cap()",
            "c = C(); c.n = 1",
            "c.go()",
        ],
        "c",
    ),
    "method of its base": (
        [
            "class A:\n    def go(self): self.d.sort()",
            "class B(A):\n    def __init__(self): self.d = [1]\n    def go(self): super().go()",
            "b = B()",
            "b.go()",
        ],
        "b",
    ),
    "methods in a chain": (
        [
            "class C:\n    def __init__(self, d): self.d = d\n    def a(self): return self\n"
            "    def b(self): self.d.sort(); return self",
            "d = [1]; c = C(d)",
            "c.a().b()",
        ],
        "d",
    ),
    "decorated": (
        [
            "def log(f):\n    def inner(*args, **kwargs): return f(*args, **kwargs)\n    return inner",
            "@log\ndef fix(v): v.sort()",
            "a = [1]",
            "fix(a)",
        ],
        "a",
    ),
    "parameter bound anew in a branch": (
        ["def fix(v, own=False):\n    if own: v = list(v)\n    v.sort()", "a = [1]", "fix(a)"],
        "a",
    ),
    "part by another name": (
        [
            "def fix(d):\n    rows = d['rows']\n    for row in rows: row.sort()",
            "a = {'rows': [[1]]}",
            "fix(a)",
        ],
        "a",
    ),
    "array that may be the same": (
        [
            "import numpy as np",
            "def fix(x):\n    x = np.asarray(x)\n    x[x > 9] = 9",
            "a = np.ones(2)",
            "fix(a)",
        ],
        "a",
    ),
    "default that is kept": (
        ["def f(x, seen=[1]):\n    seen.sort()\n    return x", "f(2)"],
        "f",
    ),
    "helper again after another value": (
        ["def fix(v): v.sort()", "v = [2, 1]", "fix(v)", "v = [1, 2]", "fix(v)"],
        "v",
    ),
    "apply with a function of its own": (
        [
            "import pandas as pd",
            "seen = [1]\ndef f(x):\n    seen.sort()\n    return x",
            "d = pd.Series([1, 2])",
            "d.apply(f)",
        ],
        "seen",
    ),
    "function in a function": (
        ["def outer(v):\n    def inner(w): w.sort()\n    inner(v)", "a = [1]", "outer(a)"],
        "a",
    ),
    "own callback of an own function": (
        [
            "def fix(v): v.sort()",
            "def each(f, rows):\n    for row in rows: f(row)",
            "a = [[1]]",
            "each(fix, a)",
        ],
        "a",
    ),
}
DROPPED = {
    "helper that works on a copy": (
        ["def look(d):\n    d = d.copy()\n    d['x'] = 1\n    return d", "a = {}; b = 1", "print(look(a))"],
        "a",
    ),
    "helper that works on a selection": (
        [
            "import pandas as pd",
            "def look(d):\n    part = d[d.a > 1]\n    part = part.copy()\n    part['b'] = 0\n    print(part)",
            "a = pd.DataFrame({'a': [1]})",
            "look(a)",
        ],
        "a",
    ),
    "printing an object": (
        ["class C:\n    def put(self): self.n = 1", "c = C()", "print(c, isinstance(c, C))"],
        "c",
    ),
    "reader of an object": (
        ["class C:\n    def put(self): self.n = 1\n    def get(self): return 2", "c = C()", "c.get()"],
        "c",
    ),
    "handed to a library": (
        [
            "from sklearn.base import BaseEstimator, TransformerMixin; import numpy as np",
            "class T(TransformerMixin, BaseEstimator):\n"
            "    def fit(self, X, y=None): self.n_ = 1; return self\n"
            "    def transform(self, X): return X + self.n_",
            "X = np.ones(3); t = T().fit(X)",
            "print(t.transform(X), t.get_params())",
        ],
        "X",
    ),
    "list of its own": (
        ["def look(v):\n    out = []\n    for x in v: out.append(x)\n    return out", "a = [1]", "look(a)"],
        "a",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_write_through_a_call_is_kept(name: str) -> None:
    cells, target = KEPT[name]
    assert list_kept(cells, target)[-1] == str(len(cells))


@pytest.mark.parametrize("name", DROPPED)
def test_a_call_that_writes_nothing_is_dropped(name: str) -> None:
    cells, target = DROPPED[name]
    assert str(len(cells)) not in list_kept(cells, target)
