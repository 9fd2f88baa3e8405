"""Displays: records show themselves, small and escaped, and are readable as text."""

from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbconvert import HTMLExporter

from nbmlops.core.answers import Answers
from nbmlops.core.comparison import Comparison, RunDetail, RunDifference, Spread
from nbmlops.core.run import MetricValue
from nbmlops.core.snapshot import ColumnDifference, Difference, Restored, Snapshot
from nbmlops.core.value import SavedValue
from nbmlops.faces.displays import RECORDS, add_displays, blocks_of, remove_displays
from nbmlops.faces.fitting import make_bundle
from tests.faces.pictures.page_reader import read_page
from tests.faces.records import (
    DIVERGED,
    DRIFT,
    HISTORY,
    PROOF,
    RESCUE,
    RETRAINED,
    RUN,
    SLICE,
    STANDING,
    VERSION,
)

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)> \" ' & \u202eabc 🎲 \x1b[31m"
LOSS = MetricValue("loss", 0.1, "log_metric", 3, (0.9, 0.4, 0.1))
DETAIL = RunDetail(
    dataclasses.replace(RUN, metrics=(*RUN.metrics, LOSS)),
    ("model = Tree().fit(df)",),
    True,
    (Spread("accuracy", 0.86, None, 1), Spread("loss", 0.1, 0.01, 3)),
    1,
    0,
    "3.11.7",
    {"pandas": "3.1.1"},
)
COMPARED = Comparison(
    (DETAIL, dataclasses.replace(DETAIL, run=dataclasses.replace(DETAIL.run, id="r2"))),
    (RunDifference("max_depth", (3, 4)),),
    (("loss", DETAIL.spreads[1:] * 2),),
    (),
    (),
    ((),),
)
KEPT = Snapshot("df", HISTORY.id, 1, SavedValue("df", "pandas.DataFrame", "d" * 64, "c" * 64, "pickle", 100))
DIFFERENCE = Difference(
    KEPT,
    dataclasses.replace(KEPT, execution=3),
    False,
    10,
    12,
    2,
    0,
    (ColumnDifference("age", "changed", "int64", "int64", 2, 0, 0, 3.0, 4.0, (1, 2, 3), (3, 2, 1), 0.4),),
)
SHOWN = {
    "Comparison": COMPARED,
    "Difference": DIFFERENCE,
    "DriftReport": DRIFT,
    "History": HISTORY,
    "ModelVersion": VERSION,
    "Proof": DIVERGED,
    "Rescue": RESCUE,
    "Restored": Restored("df", HISTORY.id, 1, "pandas.DataFrame", bound="df"),
    "Retrained": RETRAINED,
    "Run": RUN,
    "RunDetail": DETAIL,
    "Slice": SLICE,
    "Snapshot": KEPT,
    "Standing": STANDING,
}


@pytest.fixture
def shell():
    made = InteractiveShell.instance()
    add_displays(made)
    yield made
    remove_displays(made)
    InteractiveShell.clear_instance()


def poison(value):
    """Put hostile text wherever a record has text of its own."""
    if isinstance(value, str):
        return f"{value}{HOSTILE}"
    if isinstance(value, tuple):
        return tuple(poison(inner) for inner in value)
    if dataclasses.is_dataclass(value):
        kept = {"verdict", "status", "kind", "change", "decision", "started", "ended", "created", "fit"}
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name not in kept}
        return dataclasses.replace(value, **{name: poison(inner) for name, inner in fields.items()})
    return value


def test_every_record_is_one():
    for module, name in RECORDS:
        assert getattr(importlib.import_module(module), name).__module__ == module
    assert {name for _, name in RECORDS} - {"Exported"} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_a_record_shows_itself_as_text_and_page(shell, name):
    shown, _ = shell.display_formatter.format(SHOWN[name])
    assert shown["text/plain"].strip()
    assert not shown["text/plain"].startswith(f"{name}(")
    read_page(shown["text/html"])


@pytest.mark.parametrize("name", SHOWN)
def test_hostile_texts_are_texts(shell, name):
    shown, _ = shell.display_formatter.format(poison(SHOWN[name]))
    page = read_page(shown["text/html"])
    assert not {"script", "img"} & set(page.tags)
    assert not {n for n in page.names if n.startswith("on")}
    assert "\x1b" not in shown["text/plain"] + shown["text/html"]
    assert "\u202e" not in shown["text/plain"] + shown["text/html"]


def test_several_are_shown_as_a_list(shell):
    shown, _ = shell.display_formatter.format(Answers((VERSION, VERSION)))
    assert shown["text/plain"].count("income") == 2
    assert shown["text/plain"].startswith("model")
    assert shell.display_formatter.format(Answers())[0]["text/plain"] == "(none)"
    assert shell.display_formatter.format((VERSION,))[0].keys() == {"text/plain"}


def test_unloading_takes_the_displays_out(shell):
    remove_displays(shell)
    assert shell.display_formatter.format(PROOF)[0].keys() == {"text/plain"}


def test_what_is_long_is_cut_and_says_so():
    run = dataclasses.replace(RUN, model_name="é" * 10_000)
    for record in (
        Answers([run] * 3000),
        dataclasses.replace(SLICE, explained=SLICE.explained * 4000),
        dataclasses.replace(PROOF, cause="<" * 300_000),
        dataclasses.replace(DETAIL, code=("x = 1\n" * 40_000,) * 4),
        dataclasses.replace(DIFFERENCE, columns=DIFFERENCE.columns * 3000),
    ):
        bundle = make_bundle(blocks_of(record))
        assert sum(len(text.encode()) for text in bundle.values()) < 100_000
        assert "shown in part" in bundle["text/plain"]
        read_page(bundle["text/html"])


def test_what_is_short_is_whole():
    assert "shown in part" not in make_bundle(blocks_of(DETAIL))["text/plain"]


def test_a_page_made_of_the_notebook_keeps_them(shell):
    cells = []
    for name, record in SHOWN.items():
        data, _ = shell.display_formatter.format(record)
        output = nbformat.v4.new_output("execute_result", data, execution_count=1)
        cells.append(nbformat.v4.new_code_cell(name, outputs=[output]))
    again = nbformat.reads(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), as_version=4)
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(again)
    assert page.count('class="nbmlops"') == len(SHOWN)
    assert page.count("<svg") >= 2


def test_what_is_no_record_is_refused():
    with pytest.raises(TypeError, match="int is no record"):
        blocks_of(3)


def test_looking_up_displays_loads_no_face_of_a_record():
    code = (
        "import sys, nbmlops.faces.displays\n"
        "print([m for m in sys.modules if m.startswith('nbmlops.faces.show')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
