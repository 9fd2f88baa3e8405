"""Breadth: objects of many libraries come back as they were, or it is said that they cannot be saved."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import functools
import importlib
import inspect
import io
import ipaddress
import itertools
import operator
import pathlib
import random
import re
import socket
import string
import sys
import threading
import types
import uuid
import weakref
import zoneinfo

import matplotlib
import numpy as np
import pandas as pd
import pytest
import scipy.interpolate
import scipy.sparse
import scipy.spatial
import scipy.stats
import sklearn.utils

from nbmlops.values.codec import Unsavable, load_value, save_value
from nbmlops.values.structure import Undescribable, structural_digest

matplotlib.use("Agg")

PLAIN = {
    "bool": True,
    "bytes": b"a\0b",
    "bytearray": bytearray(b"ab"),
    "complex": 1 + 2j,
    "dict": {"a": [1, {2}]},
    "ellipsis": ...,
    "float": float("-inf"),
    "frozenset": frozenset("ab"),
    "int": 2**200,
    "none": None,
    "range": range(3, 9, 2),
    "set": {1, "a", None},
    "slice": slice(1, None, 2),
    "str": "ü\ud800",
    "tuple": (1, (2,)),
    "array": array.array("d", [1.5, 2]),
    "chain map": collections.ChainMap({"a": 1}, {"b": 2}),
    "counter": collections.Counter("abba"),
    "default dict": collections.defaultdict(list, {"a": [1]}),
    "deque": collections.deque([1, 2], maxlen=3),
    "ordered dict": collections.OrderedDict(b=1, a=2),
    "namespace": types.SimpleNamespace(a=1),
    "date": datetime.date(2020, 2, 29),
    "time": datetime.time(1, 2, 3, 4),
    "moment": datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    "duration": datetime.timedelta(1, 2, 3),
    "decimal": decimal.Decimal("1.10"),
    "fraction": fractions.Fraction(1, 3),
    "partial": functools.partial(max, 3),
    "item getter": operator.itemgetter(1, 2),
    "attribute getter": operator.attrgetter("a.b"),
    "address": ipaddress.ip_network("10.0.0.0/8"),
    "path": pathlib.PurePosixPath("a/b"),
    "pattern": re.compile("a(b)?", re.I),
    "random": random.Random(3),
    "template": string.Template("$a"),
    "uuid": uuid.UUID(int=5),
    "exception": ValueError("a", 1),
    "text in memory": io.StringIO("abc"),
    "bytes in memory": io.BytesIO(b"abc"),
    "count": operator.methodcaller("split", ","),
    "signature": inspect.signature(sorted),
    "function": len,
    "class": collections.Counter,
    "numpy dtype": np.dtype([("a", "i4"), ("b", "U3")]),
    "numpy scalar": np.float32(1.5),
    "numpy time": np.datetime64("2020-01-01", "D"),
    "numpy generator": np.random.default_rng(3),
    "numpy state": np.random.RandomState(3),
    "numpy polynomial": np.polynomial.Polynomial([1, 2]),
    "numpy poly1d": np.poly1d([1, 2]),
    "numpy chararray": np.char.array(["a", "b"]),
    "pandas timestamp": pd.Timestamp("2020", tz="UTC"),
    "pandas timedelta": pd.Timedelta("1s"),
    "pandas period": pd.Period("2020-01", "M"),
    "pandas interval": pd.Interval(0, 1),
    "pandas offset": pd.offsets.MonthEnd(2),
    "pandas missing": pd.NA,
    "pandas range": pd.RangeIndex(3),
    "pandas times": pd.date_range("2020", periods=3, freq="D"),
    "pandas categories": pd.Categorical(["a", "b"]),
    "pandas groups": pd.DataFrame({"a": [1, 1, 2]}).groupby("a"),
    "pandas rolling": pd.Series([1, 2, 3.0]).rolling(2),
    "scipy csr": scipy.sparse.csr_array(np.eye(3)),
    "scipy coo": scipy.sparse.coo_matrix(np.eye(3)),
    "scipy dok": scipy.sparse.dok_array((2, 2)),
    "scipy tree": scipy.spatial.cKDTree(np.arange(6.0).reshape(3, 2)),
    "scipy spline": scipy.interpolate.CubicSpline([0, 1, 2], [0, 1, 4]),
    "scipy kernel density": scipy.stats.gaussian_kde([1, 2, 3.0]),
    "scipy rotation": importlib.import_module("scipy.spatial.transform").Rotation.identity(),
    "sklearn bunch": sklearn.utils.Bunch(data=np.arange(3), target_names=["a"]),
}
NEVER = {
    "generator": lambda: (n for n in [1]),
    "lock": threading.Lock,
    "thread": lambda: threading.Thread(target=len),
    "socket": socket.socket,
    "open file": functools.partial(open, __file__),
    "weak reference": lambda: weakref.ref(PLAIN["counter"]),
    "frame": sys._getframe,
    "memory view": lambda: memoryview(b"ab"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_comes_back(name):
    value = PLAIN[name]
    codec, content = save_value(value)
    back = load_value(codec, content)
    assert type(back) is type(value)
    try:
        expected = structural_digest(value)
    except Undescribable:
        assert repr(back).partition(" at 0x")[0] == repr(value).partition(" at 0x")[0]
        return
    assert structural_digest(back) == expected


def list_estimators():
    from sklearn.utils import all_estimators

    return [(name, kind) for name, kind in all_estimators() if not inspect.isabstract(kind)]


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_every_estimator_of_scikit_learn_comes_back():
    done, failed = 0, {}
    for name, kind in list_estimators():
        try:
            estimator = kind()
        except TypeError:  # a meta-estimator, which wants others
            continue
        back = load_value(*save_value(estimator))
        if structural_digest(back) != structural_digest(estimator):
            failed[name] = "differs"
        done += 1
    assert failed == {}
    assert done > 150


def test_figures_come_back():
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2], [3, 4])
    back = load_value(*save_value(figure))
    assert back.axes[0].lines[0].get_ydata().tolist() == [3, 4]
    plt.close("all")


@pytest.mark.parametrize("name", NEVER)
def test_what_cannot_be_saved_is_said(name):
    value = NEVER[name]()
    with pytest.raises(Unsavable, match="cannot be saved"):
        save_value(value)
    if hasattr(value, "close"):
        value.close()


def test_what_holds_it_cannot_be_saved_either():
    with pytest.raises(Unsavable, match="'dict' cannot be saved"):
        save_value({"a": [threading.Lock()]})


@pytest.mark.parametrize(
    "library", ["polars", "pyarrow", "torch", "xgboost", "lightgbm", "networkx", "PIL.Image"]
)
def test_other_libraries_come_back_where_they_are(library):
    module = pytest.importorskip(library)
    make = {
        "polars": lambda: module.DataFrame({"a": [1, None], "b": ["x", "y"]}),
        "pyarrow": lambda: module.table({"a": [1, None], "b": ["x", "y"]}),
        "torch": lambda: module.arange(6.0).reshape(2, 3),
        "xgboost": lambda: module.XGBClassifier(n_estimators=2),
        "lightgbm": lambda: module.LGBMClassifier(n_estimators=2),
        "networkx": lambda: module.path_graph(4),
        "PIL.Image": lambda: module.new("RGB", (4, 4), "red"),
    }[library]
    value = make()
    back = load_value(*save_value(value))
    assert type(back) is type(value)
    if hasattr(value, "tobytes"):
        assert back.tobytes() == value.tobytes()
    elif hasattr(value, "equals"):
        assert back.equals(value)


def test_iterators_are_what_python_says():
    """Python 3.14 refuses to pickle what itertools makes; before it does, or warns."""
    if sys.version_info >= (3, 12):
        pytest.skip("pickling itertools is deprecated")
    counter = itertools.count(3)
    assert next(load_value(*save_value(counter))) == 3
