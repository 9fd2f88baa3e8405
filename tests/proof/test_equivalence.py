from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from nbmlops.proof.equivalence import Rival
from nbmlops.values.structure import structural_digest

PIPELINE = """\
import time
from dataclasses import dataclass
from types import SimpleNamespace as Step

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression


@dataclass(frozen=True)
class Parameters:
    pass


def load(parameters):
    X = pd.DataFrame({{"a": np.arange(40.0), "b": np.arange(40.0)[::-1] ** 2}})
    return X, X["a"] > 20, X.assign(c=1.0)


def train(parameters, X, y, wider):
    model = LogisticRegression({options}).fit(X, y)
    model.made_at = time.time()
    X["a"] = 0.0
    {mischief}
    return model


def run(parameters=None, workdir=None):
    X, y, wider = load(parameters)
    return train(parameters, X, y, wider)


STEPS = {{
    "load": Step(function=load, inputs=(), outputs=("X", "y", "wider")),
    "train": Step(function=train, inputs=("X", "y", "wider"), outputs=("value",)),
}}
"""


def make_rows() -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40.0)[::-1] ** 2})


class Rude:
    """A pickle that does harm where it is opened unguarded."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.fixture
def prove_model(make_export):
    """Return a function that proves a pipeline that notes the time in its model, beside a kept one."""

    def prove(
        options: str = "", mischief: str = "pass", content: bytes | None = None, **tables: pd.DataFrame
    ):
        export = make_export("value = 1")
        text = PIPELINE.format(options=options, mischief=mischief)
        (export.directory / "pipeline.py").write_text(text)
        rows = make_rows()
        kept = LogisticRegression().fit(rows, rows["a"] > 20)
        kept.made_at = 1.0
        known = {name: structural_digest(table) for name, table in (tables or {"X": rows}).items()}
        rival = Rival(lambda: content or pickle.dumps(kept), known)
        return export.prove(structural_digest(kept), rival=rival)

    return prove


def test_an_object_that_differs_and_predicts_the_same_is_equivalent(prove_model):
    proof = prove_model(X=make_rows(), wider=make_rows().assign(c=1.0), y=make_rows()["a"] > 20)
    assert proof.verdict == "equivalent", proof.cause
    assert proof.obtained != proof.expected
    assert proof.compared[-1] == (
        "what both answer (decision_function, predict, predict_proba) on the 40 rows of 'X', bit by bit"
    )
    assert proof.cause == "The structure of 'value' differs from the notebook's; what it predicts does not."


def test_another_model_is_different(prove_model):
    assert prove_model("C=0.5").verdict == "different"


def test_rows_that_the_notebook_never_had_prove_nothing(prove_model):
    assert prove_model(X=make_rows() + 1).verdict == "different"


def test_a_pipeline_that_meddles_in_prediction_proves_nothing(prove_model):
    mischief = "import sklearn; LogisticRegression.predict_proba = lambda self, X: 0"
    assert prove_model("C=0.5", mischief).verdict == "different"


def test_the_kept_object_is_opened_under_guard(prove_model, canary):
    proof = prove_model(content=pickle.dumps(Rude(str(canary))))
    assert proof.verdict == "different"


def test_a_value_without_predictions_is_not_asked(make_export):
    def load() -> bytes:
        raise AssertionError

    heard = []
    proof = make_export("value = 1").prove(rival=Rival(load, {}), progress=heard.append)
    assert proof.verdict == "different"
    assert not any("predicts" in line for line in heard)
