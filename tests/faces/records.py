"""Records: small honest ones, of each kind that a face shows."""

from __future__ import annotations

from nbmlops.core.drift import ColumnDrift, Comparison, DriftReport, Retrained
from nbmlops.core.history import Environment, Execution, History, Statement
from nbmlops.core.model import ModelVersion
from nbmlops.core.proof import Divergence, Proof
from nbmlops.core.resource import Effect, Read, Resource
from nbmlops.core.run import DataUse, MetricValue, Run
from nbmlops.core.slice import Explained, Reason, Restore, Slice
from nbmlops.core.standing import NameStanding, OutputChange, Rescue, Standing

__all__ = [
    "DIVERGED",
    "DRIFT",
    "HISTORY",
    "PROOF",
    "RESCUE",
    "RETRAINED",
    "RUN",
    "SLICE",
    "STANDING",
    "VERSION",
]

_FRAME = Resource("name", "df")
_FILE = Resource("file", "/data/x.csv")
_READ = Statement(
    1,
    0,
    1,
    "df = pd.read_csv('x.csv')",
    "df = pd.read_csv('x.csv')",
    reads=(Read(_FILE, "opened for reading"),),
    effects=(Effect(_FRAME, "bound", "it is assigned", definite=True),),
)
_SHOWN = Statement(2, 0, 1, "df.head()", "df.head()")
_FIT = Statement(3, 0, 2, "# fit\nmodel = Tree().fit(\n    df\n)", "model = Tree().fit(\n    df\n)")

HISTORY = History(
    "20260101-000000-abc123",
    "/projects/nb.ipynb",
    "/projects",
    "2026-01-01T00:00:00+00:00",
    Environment("3.11.7", "linux", {"pandas": "3.1.1"}),
    executions=(
        Execution(1, "c1", _READ.source, "ok", "2026-01-01T00:00:01+00:00", 0.25, statements=(_READ,)),
        Execution(2, "c2", _SHOWN.source, "error", "2026-01-01T00:00:02+00:00", 3.5, statements=(_SHOWN,)),
        Execution(3, "c3", _FIT.source, "ok", "2026-01-01T00:00:09+00:00", 200, statements=(_FIT,)),
    ),
)

SLICE = Slice(
    HISTORY.id,
    "model",
    (
        Explained(_READ, True, (Reason(_FRAME, "'model' was fitted on it"),)),
        Explained(_SHOWN, False, (Reason(None, "nothing that 'model' needs"),)),
        Explained(_FIT, True, (Reason(Resource("name", "model"), "it is the object itself", False),)),
    ),
    inputs=(Read(_FILE, "opened for reading"),),
    restores=(Restore((3, 0), "numpy", "ab" * 32),),
    missing=("threshold",),
)

RUN = Run(
    "r1",
    "default",
    HISTORY.id,
    "model",
    "sklearn.tree.DecisionTreeClassifier",
    (("max_depth", 3), ("criterion", "gini")),
    (MetricValue("accuracy", 0.8612345678, "accuracy_score", 3),),
    (DataUse("df", "d" * 64, 32561, 15), DataUse("other", "e" * 64)),
    2,
    "finished",
    "2026-01-01T00:00:09+00:00",
    (1, 3),
)

PROOF = Proof("model", "identical", ("the object, attribute by attribute",), "aa", "aa", injected=("numpy",))

DIVERGED = Proof(
    "model",
    "different",
    ("the object",),
    "aa",
    "bb",
    diverged_at=Divergence(3, 0, _FIT.source, "name:model", "the fingerprints part"),
    cause="the random state was not put back",
)

STANDING = Standing(
    HISTORY.id,
    "/projects/nb.ipynb",
    3,
    (
        NameStanding("df", "pandas.DataFrame", "identical", 1),
        NameStanding("g", "builtins.generator", None, 1, cause="reading it would use it up"),
        NameStanding("model", "sklearn.tree.Tree", "different", 2, 3, "the clock", DIVERGED.diverged_at),
    ),
    ("'x.csv' is no longer what the notebook read",),
)

RESCUE = Rescue(
    "nb.ipynb",
    STANDING,
    ("cell [2] raises KeyError: 'a'",),
    4,
    (OutputChange(2, "df.head()", "1", "2"),),
    "none stands",
)

VERSION = ModelVersion(
    "income",
    2,
    "2026-01-01T00:10:00+00:00",
    HISTORY.id,
    "model",
    "sklearn.tree.DecisionTreeClassifier",
    "r1",
    "a" * 64,
    "b" * 64,
    PROOF,
    {"pipeline.py": "c" * 64},
    None,
    None,
    metrics=(("accuracy", 0.86),),
    metric="accuracy_score",
    parent=1,
)

_MOVED = ColumnDrift("age", 0.412, 0.2, True, "the median moved from 37 to 52")
_STAYED = ColumnDrift("sex", 0.01, 0.2, False, "as before")

DRIFT = DriftReport("income", 2, 500, None, None, (_STAYED, _MOVED))

RETRAINED = Retrained(
    "income",
    2,
    3,
    Comparison("accuracy_score", 1000, 0.84, 0.86, 0.02, 0.011, 0.029, 2000),
    5000,
    12,
    1000,
    0.0,
    "awaits approval",
)
