"""The same content gives the same digest in every process; any difference gives another."""

from __future__ import annotations

import copyreg
import functools
import gc
import json
import os
import pickle
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KDTree

from nbmlops.values.structure import Undescribable, is_local, structural_digest
from tests.values import zoo

ROOT = Path(__file__).parents[2]
PLAIN = zoo.make_builtins() | zoo.make_arrays()
AGAIN = zoo.make_builtins() | zoo.make_arrays()
FITTED = zoo.make_models()


def run_python(*arguments, cwd=ROOT, seed="0"):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    return done.stdout


def describe_zoo(seed):
    return json.loads(run_python("-m", "tests.values.zoo", "nbmlops.values.structure", seed=seed))


def test_processes_agree():
    first, second = (describe_zoo(seed) for seed in ("1", "77"))
    assert first.keys() == zoo.make_zoo().keys()
    assert {name for name in first if first[name] != second[name]} == set()
    assert len(set(first.values())) == len(first)


@pytest.mark.parametrize("name", PLAIN)
def test_making_it_again_is_no_difference(name):
    assert structural_digest(PLAIN[name]) == structural_digest(
        (zoo.make_builtins() | zoo.make_arrays())[name]
    )


MODELS = ["forest", "boosting", "linear", "vectors", "words", "columns", "neighbours"]


@pytest.mark.parametrize("name", MODELS)
def test_a_pickled_model_is_the_same(name):
    model = FITTED[name]
    assert structural_digest(pickle.loads(pickle.dumps(model))) == structural_digest(model)


def test_times_of_a_search_are_left_out():
    x, y = zoo.make_data()
    twice = [GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2).fit(x, y) for _ in range(2)]
    twice[1].cv_results_["mean_fit_time"] += 1.0
    twice[1].refit_time_ += 1.0
    assert structural_digest(twice[0]) == structural_digest(twice[1])
    twice[1].cv_results_["mean_test_score"][0] += 1e-9
    assert structural_digest(twice[0]) != structural_digest(twice[1])


def test_asking_a_tree_is_no_change():
    x, _ = zoo.make_data()
    tree = KDTree(x)
    before = structural_digest(tree)
    tree.query(x[:3])
    assert structural_digest(tree) == before


def test_the_global_stream_is_named():
    held = {"stream": np.random.mtrand._rand}
    before = structural_digest(held)
    np.random.rand(3)
    assert structural_digest(held) == before


class Raising:
    __slots__ = ()

    def __eq__(self, other):
        raise RuntimeError("eq")

    def __hash__(self):
        raise RuntimeError("hash")

    def __getattr__(self, name):
        raise RuntimeError("getattr")

    def __reduce_ex__(self, protocol):
        raise RuntimeError("reduce")

    def __repr__(self):
        raise RuntimeError("repr")


class Lying:
    __class__ = dict

    def __getattribute__(self, name):
        return 5

    def __len__(self):
        raise RuntimeError


class ShoutingError(ValueError):
    def __reduce_ex__(self, protocol):
        raise OSError("no")


class InterruptingError(ValueError):
    def __reduce_ex__(self, protocol):
        raise KeyboardInterrupt


def test_hostile_types_are_described_without_their_code():
    assert structural_digest(Raising()) == structural_digest(Raising())
    lying = Lying()
    vars(Lying)
    object.__getattribute__(lying, "__dict__")["a"] = 1
    assert structural_digest(lying) != structural_digest(Lying())


def test_what_a_type_raises_is_a_reason():
    with pytest.raises(Undescribable, match=r"ShoutingError cannot be described \(OSError\)"):
        structural_digest([ShoutingError("a")])
    with pytest.raises(KeyboardInterrupt):
        structural_digest([InterruptingError("a")])


def make_opaque():
    import matplotlib.figure

    with socket.socket() as closed:
        pass
    return {
        "generator": (i for i in range(3)),
        "iterator": iter([1]),
        "zip": zip([1], [2], strict=True),
        "file": open(__file__),
        "lock": threading.Lock(),
        "thread": threading.Thread(),
        "socket": closed,
        "namespace": globals(),
        "figure": matplotlib.figure.Figure(),
        "equal in a set": {zoo_key(1), zoo_key(1)},
    }


class Key:
    def __init__(self, value):
        self.value = value


def zoo_key(value):
    return Key(value)


def test_what_cannot_be_described_says_why():
    for name, value in make_opaque().items():
        with pytest.raises(Undescribable) as caught:
            structural_digest({"deep": [value]})
        assert "cannot be described" in str(caught.value) or "no order" in str(caught.value), name
        if name == "file":
            value.close()


def test_sets_of_objects_have_the_order_of_their_content():
    assert structural_digest({Key(1), Key(2)}) == structural_digest({Key(2), Key(1)})
    knot = [Key(n) for n in range(12)]
    for key in knot:
        key.value = set(knot)
    with pytest.raises(Undescribable):
        structural_digest(knot)


def test_depth_is_no_limit():
    deep = []
    for _ in range(5000):
        deep = [deep]
    wide = (1, [2])
    for _ in range(60):
        wide = (wide, wide)
    assert structural_digest(deep) != structural_digest([deep])
    assert structural_digest(wide) == structural_digest(wide)


def test_describing_leaves_no_trace():
    table = zoo.make_table()
    series = table["x"]
    del series
    before = table._mgr.blocks[0].values.__array_interface__["data"]
    model = LogisticRegression().fit(*zoo.make_data())
    attributes = list(vars(model))
    count = sys.getrefcount(model), sys.getrefcount(table)
    structural_digest([model, table])
    gc.collect()
    assert (sys.getrefcount(model), sys.getrefcount(table)) == count
    assert list(vars(model)) == attributes
    assert set(vars(table)) == set(vars(zoo.make_table()))
    table.iloc[0, 0] = 99
    assert table._mgr.blocks[0].values.__array_interface__["data"] == before


CODE = """
import enum
LIMIT = 3
class Level(enum.Enum):
    LOW = 1
class Model:
    '''A model.'''
    kind = Level.LOW
    def __init__(self): self.rows = [1]
    def score(self, x): return [LIMIT * i + self.rows[0] for i in x if i > 1.5]
def helper(x, *, by=2.0):
    import json
    return json.dumps(x * by)
value = [Model(), Level.LOW, helper, Model().score, lambda z: z]
"""


def test_notebook_code_is_known_again_in_a_module(tmp_path):
    tail = "\nfrom nbmlops.values.structure import structural_digest\n"
    tail += "print(structural_digest(value))"
    (tmp_path / "cell.py").write_text(CODE + tail)
    (tmp_path / "moved.py").write_text("# moved\nfrom __future__ import annotations\n" + CODE)
    (tmp_path / "other.py").write_text("from moved import value" + tail)
    (tmp_path / "edited.py").write_text(CODE.replace("1.5", "1.25") + tail)
    here, there, edited = (run_python(name, cwd=tmp_path) for name in ("cell.py", "other.py", "edited.py"))
    assert here == there != edited


def test_local_code():
    assert is_local("__main__")
    assert is_local(__name__)
    assert not any(is_local(name) for name in ("json", "builtins", "numpy", "sklearn.base", "_io"))


def test_looking_at_a_partial_changes_nothing():
    first, second = functools.partial(int, base=2), functools.partial(int, base=2)
    assert vars(second) == {}
    assert structural_digest(first) == structural_digest(second)
    second.note = 1
    assert structural_digest(first) != structural_digest(second)


def test_a_cache_is_part_of_a_function_of_ones_own():
    def make():
        return functools.lru_cache(lambda n: n + 1)

    first, second = make(), make()
    assert structural_digest(first) == structural_digest(second)
    second(3)
    assert structural_digest(first) != structural_digest(second)


def test_a_cached_function_is_the_same_wherever_it_is_defined():
    source = "@functools.lru_cache(maxsize=None)\ndef double(n):\n    return n * 2\n"
    plain: dict[str, object] = {"__name__": "__main__", "functools": functools}
    exec(source, plain)
    inner: dict[str, object] = {"__name__": "pipeline", "functools": functools}
    exec(f"def make():\n{textwrap.indent(source, '    ')}    return double\ndouble = make()", inner)
    assert structural_digest(plain["double"]) == structural_digest(inner["double"])


def test_an_error_stays_the_same_where_a_library_has_its_own_way_to_send_it(monkeypatch):
    before = structural_digest([ValueError("a", 1)])
    monkeypatch.setitem(copyreg.dispatch_table, ValueError, lambda error: (ValueError, ("sent", *error.args)))
    assert structural_digest([ValueError("a", 1)]) == before
    assert structural_digest([ValueError("a", 2)]) != before
