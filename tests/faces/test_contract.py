from __future__ import annotations

import json

from nbmlops.faces.contract import (
    shape_explanation,
    shape_history,
    shape_models,
    shape_proof,
    shape_proved,
    shape_rescue,
    shape_runs,
    shape_slice,
)
from tests.faces.records import DIVERGED, HISTORY, PROOF, RESCUE, RUN, SLICE, STANDING, VERSION


def roundtrip(shape):
    return json.loads(json.dumps(shape, allow_nan=False))


def test_history():
    first, second, _ = roundtrip(shape_history(HISTORY))
    assert first["execution"] == 1
    assert first["cell"] == "c1"
    assert first["source"].startswith("df =")
    assert (first["status"], second["status"]) == ("ok", "error")
    assert first["elapsed"] == 0.25
    assert first["statements"] == 1


def test_explanation():
    shape = roundtrip(shape_explanation(SLICE))
    assert shape["name"] == "model"
    read, shown, fit = shape["statements"]
    assert {"execution", "statement", "source", "kept", "certain", "reasons"} <= read.keys()
    assert [s["kept"] for s in shape["statements"]] == [True, False, True]
    assert read["reasons"][0]["resource"] == "name:df"
    assert read["reasons"][0]["because"]
    assert shown["reasons"][0]["resource"] is None
    assert (read["certain"], fit["certain"]) == (True, False)


def test_slice_holds_what_is_kept():
    shape = roundtrip(shape_slice(SLICE))
    assert [s["execution"] for s in shape["statements"]] == [1, 3]
    assert (shape["statements_kept"], shape["statements_total"]) == (2, 3)
    assert shape["inputs"][0]["resource"] == "file:/data/x.csv"
    assert shape["missing"] == ["threshold"]


def test_runs():
    (shape,) = roundtrip(shape_runs((RUN,)))
    promised = "id experiment model parameters metrics data occurrences status started executions"
    assert set(promised.split()) <= shape.keys()
    assert shape["model"] == {"name": "model", "type": "sklearn.tree.DecisionTreeClassifier"}
    assert shape["parameters"] == {"max_depth": 3, "criterion": "gini"}
    assert shape["metrics"] == {"accuracy": 0.8612345678}
    assert shape["data"][0] == {"name": "df", "digest": "d" * 64, "rows": 32561, "columns": 15}


def test_proofs():
    assert list(roundtrip(shape_proof(PROOF)))[:4] == ["verdict", "compared", "diverged_at", "cause"]
    assert shape_proof(PROOF)["diverged_at"] is None
    assert roundtrip(shape_proof(DIVERGED))["diverged_at"]["execution"] == 3


def test_what_a_history_can_make_again():
    shape = roundtrip(shape_proved(STANDING))
    assert (shape["stands"], shape["since"]) == (False, 3)
    assert [name["verdict"] for name in shape["names"]] == ["identical", None, "different"]
    assert shape_proved(PROOF) == shape_proof(PROOF)
    rescue = roundtrip(shape_rescue(RESCUE))
    assert (rescue["standing"]["since"], rescue["exported"], rescue["outputs"]) == (3, None, 4)


def test_models():
    (shape,) = roundtrip(shape_models((VERSION,)))
    promised = "name version aliases run verdict approved created"
    assert set(promised.split()) <= shape.keys()
    assert shape["verdict"] == "identical"
    assert shape["approved"] is None
    assert shape["aliases"] == []


def test_every_reason_says_what_it_is_about():
    for statement in roundtrip(shape_explanation(SLICE))["statements"]:
        for reason in statement["reasons"]:
            assert set(reason) == {"resource", "because", "certain"}
            assert reason["resource"] is None or ":" in reason["resource"]
