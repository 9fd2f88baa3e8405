"""Contexts of exports, made by hand: an ordinary one, one of odd names, and one of a single step."""

from __future__ import annotations

from dataclasses import replace

from nbmlops.plugins.context import ExportContext, TargetParameter, TargetStep

__all__ = ["ALONE", "CONTEXTS", "HOSTILE", "ORDINARY"]

ORDINARY = ExportContext(
    name="model",
    target="model",
    result="model.pkl",
    python="3.11",
    steps=(
        TargetStep(
            "reading",
            "Reading",
            ("step", "reading"),
            None,
            "steps/reading.pkl",
            ("adult",),
            ("a.csv",),
            False,
        ),
        TargetStep(
            "task", "Task", ("step", "task"), "steps/reading.pkl", "model.pkl", ("n_trees",), (), True
        ),
    ),
    parameters=(
        TargetParameter("adult", "--adult", "str", "a.csv", "cell 1: the file that was read", True),
        TargetParameter("n_trees", "--n-trees", "int", 40, "cell 2: `n_trees`", False),
    ),
    inputs=("a.csv",),
    code=("pipeline.py", "definitions.py", "pyproject.toml"),
    writes=(),
    folder="pipelines/model",
)
_ODD = 'it\'s "$HOME" ${x} {{ 7 }} {% if %} #%:;|=*?[ \\ é'
HOSTILE = replace(
    ORDINARY,
    target=_ODD,
    result="módel.pkl",
    steps=tuple(
        replace(s, title=_ODD, inputs=(_ODD,), makes=s.makes.replace("model", "módel"))
        for s in ORDINARY.steps
    ),
    parameters=(TargetParameter("class_", "--class-", "str", _ODD, f"{_ODD}\n{_ODD}", False),),
    inputs=(_ODD,),
    code=("pipeline.py", _ODD),
    folder=_ODD,
)
ALONE = replace(
    ORDINARY,
    steps=(TargetStep("run", "Make `model`", (), None, "model.pkl", ("adult",), ("a.csv",), False),),
    parameters=(),
    writes=("a b/it's.csv",),
    folder=".",
)
CONTEXTS = {"ordinary": ORDINARY, "hostile": HOSTILE, "alone": ALONE}
