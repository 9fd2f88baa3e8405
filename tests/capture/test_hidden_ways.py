"""What a statement does through something that it does not mention is seen."""

from __future__ import annotations

import pytest

from tests.capture.recorded_shell import list_kept, record_cells

KEPT = {
    "handler that collects": (
        [
            "import logging\nrec = []\nclass H(logging.Handler):\n"
            "    def emit(self, r): rec.append(r.getMessage())",
            "log = logging.getLogger('nbmlops-t')\nlog.setLevel('INFO')\nlog.addHandler(H())",
            "log.info('a')",
            "y = list(rec)",
        ],
        "y",
    ),
    "handler that holds its records": (
        [
            "import logging\nclass H(logging.Handler):\n    def __init__(self):\n        super().__init__()\n"
            "        self.rec = []\n    def emit(self, r): self.rec.append(r.getMessage())",
            "h, log = H(), logging.getLogger('nbmlops-u')\nlog.setLevel('INFO')\nlog.addHandler(h)",
            "log.info('a')",
            "y = list(h.rec)",
        ],
        "y",
    ),
    "function for numpy's errors": (
        [
            "import numpy as np\nseen = []\ndef note(kind, flag): seen.append(kind)",
            "old = np.seterr(divide='call'); before = np.seterrcall(note)",
            "x = np.ones(1) / 0",
            "y = list(seen)\n_ = np.seterrcall(before); _ = np.seterr(**old)",
        ],
        "y",
    ),
    "last words": (
        [
            "out = []\nclass R:\n    n = 1\n    def __del__(self): out.append(self.n)",
            "r = R()",
            "r = None",
            "y = list(out)",
        ],
        "y",
    ),
    "last words when deleted": (
        [
            "out = []\nclass R:\n    n = 1\n    def __del__(self): out.append(self.n)",
            "r = R()",
            "del r",
            "y = list(out)",
        ],
        "y",
    ),
    "class of what a file held": (
        [
            "import pickle\nclass P:\n    k = 1\n    def v(self): return self.x * self.k",
            "p = P(); p.x = 4; text = pickle.dumps(p)",
            "P.k = 3",
            "q = pickle.loads(text)\ny = q.v()",
        ],
        "y",
    ),
    "environment that a function looks at": (
        ["import os\ndef y(): return os.environ.get('NBMLOPS_T')", "pass", "os.environ['NBMLOPS_T'] = '2'"],
        "y",
    ),
    "library that a function looks at": (
        ["import json\ndef y(): return json.nbmlops_t", "pass", "json.nbmlops_t = 3"],
        "y",
    ),
    "sealed array": (["import numpy as np", "y = np.ones(3)", "y.flags.writeable = False", "pass"], "y"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_happens_elsewhere_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBMLOPS_T", "1")
    cells, target = KEPT[name]
    assert "3" in list_kept(cells, target)


def test_a_registering_function_of_ones_own_is_no_registry() -> None:
    cells = ["people = []\ndef register_person(x): people.append(x)", "register_person(1)", "y = 2"]
    history, _, _ = record_cells(cells)
    assert not [e for s in history.statements() for e in s.effects if e.resource.key == "registries"]
    assert list_kept(cells, "people") == ["1", "1", "2"]


def test_a_property_that_looks_like_the_dictionary_is_not_run() -> None:
    cells = [
        "class L:\n    n = 0\n    @property\n    def __dict__(self):\n        L.n += 1\n        return {}\n"
        "    @property\n    def __class__(self):\n        L.n += 1\n        return int",
        "m = L()",
        "k = [m]; print(len(k))",
        "k.append(m)",
    ]
    _, _, space = record_cells(cells)
    assert space["L"].n == 0
