"""A statement that wrote the same again is kept: on other data, or with another parameter, it would not."""

from __future__ import annotations

import pytest

from nbmlops.slicing.cutting import cut_slice
from tests.capture.recorded_shell import record_cells

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
    "name of a comprehension": (["x = [1]", "[x for x in (1, 2)]"], "x"),
}


def list_kept(cells: list[str], target: str) -> list[str]:
    history, _, _ = record_cells(cells)
    return [f"{s.execution}" for s in cut_slice(history, target).kept]


@pytest.mark.parametrize("name", KEPT)
def test_a_write_that_changed_nothing_is_kept(name: str) -> None:
    cells, target = KEPT[name]
    assert list_kept(cells, target)[-1] == str(len(cells))


@pytest.mark.parametrize("name", DROPPED)
def test_what_writes_nothing_is_dropped(name: str) -> None:
    cells, target = DROPPED[name]
    assert str(len(cells)) not in list_kept(cells, target)
