"""A statement that wrote the same again is kept: on other data, or with another parameter, it would not."""

from __future__ import annotations

import pytest

from tests.capture.recorded_shell import list_kept

KEPT = {
    "untaken branch on a part": (["mode, cfg = 'slow', {'n': 3}", "if mode == 'fast': cfg['n'] = 1"], "cfg"),
    "untaken branch on a name": (["use, x = False, 4.0", "if use: x = x / 2"], "x"),
    "mask that is empty": (["import numpy as np", "v = np.arange(4)", "v[v > 9] = 9"], "v"),
    "sort of what is sorted": (["v = [1, 2]", "v.sort()"], "v"),
    "rows that have no gap": (
        ["import pandas as pd", "d = pd.DataFrame({'a': [1]})", "d['a'] = d['a'].fillna(0)"],
        "d",
    ),
    "in place": (
        [
            "import pandas as pd, warnings",
            "d = pd.DataFrame({'a': [1]}); warnings.simplefilter('ignore')",
            "d.dropna(inplace=True)",
        ],
        "d",
    ),
    "out of numpy": (["import numpy as np", "v = np.zeros(2)", "np.add(v, 0, out=v)"], "v"),
    "another name for it": (["a = [1, 2]", "b = a", "b.sort()"], "a"),
    "what holds it": (["part = [1]", "whole = {'part': part}", "part.extend([])"], "whole"),
    "loop over several": (["a, b = [1], [2]", "for v in (a, b): v.sort()"], "a"),
    "frames in a dict": (["a = [1]", "frames = {'x': a}", "[f.sort() for f in frames.values()]"], "a"),
    "what an object holds": (
        [
            "class P:\n    def __init__(self, d): self.d = d\n    def go(self): self.d.sort()",
            "a = [1]",
            "p = P(a)",
            "p.go()",
        ],
        "a",
    ),
    "the same again after another value": (["v = [2, 1]", "v.sort()", "v = [1, 2]", "v.sort()"], "v"),
    "helper that writes to an argument": (
        ["def clean(v):\n    v[:] = [x for x in v if x < 9]", "a = [1]", "clean(a)"],
        "a",
    ),
    "helper that writes to a global": (
        ["a = [1]", "def clean():\n    a[:] = [x for x in a if x < 9]", "clean()"],
        "a",
    ),
    "method that writes to its object": (
        [
            "class C:\n    n = 1\n    def cap(self):\n        self.n = min(self.n, 9)",
            "c = C(); c.n = 1",
            "c.cap()",
        ],
        "c",
    ),
    "lambda that writes to what it gets": (
        ["rows = [{'x': 1}]", "list(map(lambda d: d.update(x=min(d['x'], 9)), rows))"],
        "rows",
    ),
    "not a number": (["import numpy as np", "a = np.ones(2)", "np.nan_to_num(a, copy=False)"], "a"),
    "clip": (["import numpy as np", "a = np.ones(2)", "np.clip(a, 0, 9, out=a)"], "a"),
    "copied into": (["import numpy as np", "a = np.ones(2)", "np.copyto(a, a, where=a > 9)"], "a"),
    "put where": (["import numpy as np", "a = np.ones(2)", "np.putmask(a, a > 9, 9)"], "a"),
    "method of the type": (["a = [1]", "list.sort(a)"], "a"),
    "untaken branch on a function": (
        ["def f(x): return x\ndef g(x): return -x\nuse = False", "if use: f = g"],
        "f",
    ),
    "untaken branch on a class": (
        ["class Config:\n    n = 3\nuse = False", "if use: Config.n = 10"],
        "Config",
    ),
}
DROPPED = {
    "reading": (["a = [1, 2]", "len(a)"], "a"),
    "library call": (["import numpy as np", "a = np.zeros(2)", "np.sum(a)"], "a"),
    "helper that only reads": (["def look(v):\n    w = list(v)\n    w.sort()", "a = [1]", "look(a)"], "a"),
    "helper with a name of its own": (
        ["def look(v):\n    v = list(v)\n    v.append(1)", "a = [1]", "look(a)"],
        "a",
    ),
    "the same again": (["v = [2, 1]", "v.sort()", "v.sort()"], "v"),
    "what is put into a list": (["a, whole = [1], []", "whole.append(a)"], "a"),
    "another name for a part": (
        ["import numpy as np", "a = [np.ones(3)]", "b = a[0]"],
        "a",
    ),
    "name of a comprehension": (["x = [1]", "[x for x in (1, 2)]"], "x"),
    "text with a method of a list's name": (["a = 'x'", "a.partition(':')", "a.index('x')"], "a"),
    "in place that is not": (
        ["import pandas as pd", "d = pd.DataFrame({'a': [1]})", "d.dropna(inplace=False)"],
        "d",
    ),
}


SETTINGS = {
    "environment in a branch": (
        "import os\nfast = False",
        "if fast: os.environ['NBMLOPS_T'] = '1'",
        "y = os.getenv('NBMLOPS_T')",
    ),
    "environment by default": (
        "import os\nos.environ['NBMLOPS_T'] = '2'",
        "os.environ.setdefault('NBMLOPS_T', '3')",
        "y = os.getenv('NBMLOPS_T')",
    ),
    "environment in a function": (
        "import os\nfast = False\ndef tune():\n    if fast: os.environ['NBMLOPS_T'] = '1'",
        "tune()",
        "y = os.getenv('NBMLOPS_T')",
    ),
    "filters in a branch": (
        "import warnings\nstrict = False",
        "if strict: warnings.filterwarnings('error')",
        "y = len(warnings.filters)",
    ),
}
UNCONCERNED = {
    "filters that are not asked": (
        "import warnings\nwarnings.filterwarnings('ignore')",
        "warnings.filterwarnings(action='ignore')",
        "y = 1 + 1",
    ),
    "display": (
        "import sklearn.linear_model",
        "sklearn.set_config(display='diagram')",
        "y = sklearn.linear_model.LinearRegression().get_params()",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_write_that_changed_nothing_is_kept(name: str) -> None:
    cells, target = KEPT[name]
    assert list_kept(cells, target)[-1] == str(len(cells))


@pytest.mark.parametrize("name", DROPPED)
def test_what_writes_nothing_is_dropped(name: str) -> None:
    cells, target = DROPPED[name]
    assert str(len(cells)) not in list_kept(cells, target)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_came_out_the_same_is_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBMLOPS_T", "0")
    assert "2" in list_kept([*SETTINGS[name]], "y")


@pytest.mark.parametrize("name", UNCONCERNED)
def test_a_setting_that_nobody_asks_for_is_dropped(name: str) -> None:
    assert "2" not in list_kept([*UNCONCERNED[name]], "y")
