"""Zoo: one value of each kind, made alike each time; run as a script it prints what a module says of them."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import functools
import importlib
import io
import json
import pathlib
import random
import re
import sys
import uuid
import zoneinfo
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy.sparse
import scipy.stats
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

SCALE = 3


class Plain:
    limit = 4

    def __init__(self, size=2):
        self.size = size
        self.rows = [1, 2]

    @property
    def twice(self):
        return self.size * 2

    @functools.cached_property
    def total(self):
        return sum(self.rows)

    @staticmethod
    def add(a, b=1):
        return a + b


class Slotted:
    __slots__ = ("left", "right")


class Colour(enum.Enum):
    RED = 1
    BLUE = "b"


Point = collections.namedtuple("Point", "x y")


@dataclass
class Record:
    name: str
    parts: list = field(default_factory=list)


def scale(value, by=2):
    """Scale a value."""
    return [item * by * SCALE for item in value if item not in {1, 5}]


def count_up():
    count = 0

    def step():
        nonlocal count
        count += 1
        return count

    return step


def make_table(rows=6):
    return pd.DataFrame(
        {
            "n": np.arange(rows),
            "x": np.linspace(0, 1, rows),
            "s": [None, "b", "c", "a", "b", "ä"][:rows],
            "c": pd.Categorical(list("abcabc")[:rows]),
            "t": pd.date_range("2020-01-01", periods=rows, tz="Europe/Vienna"),
            "i": pd.array([1, None, 3, 4, 5, 6][:rows], dtype="Int64"),
            "o": [[1], {"a": 2}, None, 1.5, "x", (1, 2)][:rows],
            "q": pd.array(["a", None, "b", "c", "d", "e"][:rows], dtype="string"),
        }
    )


def make_data():
    rng = np.random.RandomState(0)
    x = rng.rand(80, 4)
    return x, (x[:, 0] > 0.5).astype(int)


def make_builtins():
    slotted = Slotted()
    slotted.left = [1]
    cycle = [1]
    cycle.append(cycle)
    return {
        "none": None,
        "numbers": [0, -1, 2**80, True, 1.5, float("nan"), -0.0, 2j, ...],
        "texts": ["", "ä", "\ud800", "a\0b", b"\xff", bytearray(b"ab")],
        "containers": [(), (1, (2, [3])), {"b": 1, "a": [2]}, {1, "a", 2.5, None}, frozenset({(1, 2), (3,)})],
        "many": {f"k{i}": i * 0.5 for i in range(100)},
        "cycle": cycle,
        "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
        "default": collections.defaultdict(list, a=[1]),
        "counter": collections.Counter("abca"),
        "deque": collections.deque([1, [2]], maxlen=4),
        "range": [range(1, 9, 2), slice(1, None, 2)],
        "time": datetime.datetime(2020, 5, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Vienna")),
        "times": [datetime.date(2020, 1, 1), datetime.timedelta(1), datetime.time(3), datetime.UTC],
        "exact": [decimal.Decimal("1.10"), fractions.Fraction(1, 3), uuid.UUID(int=5)],
        "paths": [pathlib.Path("a/b"), pathlib.PurePosixPath("/c")],
        "pattern": re.compile("a+", re.I),
        "enum": [Colour.RED, Colour.BLUE, Colour],
        "namedtuple": Point(1, [2]),
        "record": Record("a", [1]),
        "plain": Plain(),
        "slotted": slotted,
        "class": Plain,
        "functions": [scale, count_up(), lambda a, *b, c=2, **d: a + c, len, json.dumps, [].append],
        "methods": [Plain(3).add, Plain.twice, Plain(1).__init__],
        "partial": functools.partial(scale, by=[3]),
        "modules": [np, sys],
        "random": random.Random(3),
        "buffers": [io.BytesIO(b"ab"), io.StringIO("ä"), memoryview(b"abc")],
        "views": [{1: 2}.keys(), {1: 2}.items()],
        "error": ValueError("x", 2),
        "hints": [list[int], int | None],
    }


def make_arrays():
    return {
        "scalars": [np.float64(1.5), np.int8(1), np.str_("a"), np.datetime64("2020-01-01"), np.bool_(True)],
        "array": np.arange(12.0).reshape(3, 4),
        "empty": np.empty((0, 3), dtype="f4"),
        "zero-dimensional": np.array(3),
        "object": np.array([1, "a", None, [2]], dtype=object),
        "text": np.array(["a", "bc"]),
        "long text": np.array(["a", "bc"], dtype=np.dtypes.StringDType()),
        "records": np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i1"), ("b", "f8")]),
        "aligned": np.array([(1, 2.5)], dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True)),
        "masked": np.ma.array([1, 2, 3], mask=[0, 1, 0]),
        "dates": np.array(["2020-01-01", "NaT"], dtype="M8[D]"),
        "streams": [np.random.RandomState(1), np.random.default_rng(1), np.random.PCG64(2)],
        "dtypes": [np.dtype("i4"), np.dtype([("a", "i4")])],
        "frame": make_table(),
        "series": make_table()["s"],
        "indexes": [pd.RangeIndex(3), pd.Index([1, 2], name="k"), pd.Index(["a", None])],
        "multi": pd.MultiIndex.from_product([[1, 2], list("ab")], names=["x", "y"]),
        "extension": [pd.array([True, None]), pd.arrays.SparseArray([0, 1]), pd.interval_range(0, 2)],
        "pandas scalars": [
            pd.Timestamp("2020"),
            pd.Timedelta(1),
            pd.NaT,
            pd.NA,
            pd.Interval(0, 1),
            pd.Period("2020"),
        ],
        "offset": pd.offsets.MonthEnd(),
        "sparse": [scipy.sparse.csr_matrix(np.eye(3)), scipy.sparse.coo_array(np.eye(2))],
        "distribution": scipy.stats.norm(0, 2),
    }


def make_models():
    x, y = make_data()
    table = make_table()
    columns = ColumnTransformer([("c", OneHotEncoder(), ["c"]), ("x", StandardScaler(), ["x", "n"])])
    return {
        "unfitted": LogisticRegression(C=2),
        "linear": make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y),
        "forest": RandomForestClassifier(5, random_state=0).fit(x, y),
        "boosting": HistGradientBoostingClassifier(max_iter=3, random_state=0).fit(x, y),
        "neighbours": KNeighborsClassifier(algorithm="kd_tree").fit(x, y),
        "vectors": SVC().fit(x, y),
        "search": GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2).fit(x, y),
        "words": TfidfVectorizer(stop_words=["aa"]).fit(["aa bb", "bb cc"]),
        "columns": columns.fit(table),
    }


def make_zoo():
    return make_builtins() | make_arrays() | make_models()


if __name__ == "__main__":
    digest = importlib.import_module(sys.argv[1]).structural_digest
    print(json.dumps({name: digest(value) for name, value in make_zoo().items()}))
