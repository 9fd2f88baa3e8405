"""The verb `picture`, in a kernel and from the store alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbmlops.errors import NbmlopsError
from nbmlops.faces.pictures.making import KINDS, make_picture
from tests.faces.conftest import FIT

MEASURED = FIT + "from sklearn.metrics import accuracy_score\nagain = accuracy_score(y, model.predict(X))\n"


def shown(reply):
    assert reply.error == "", reply.error
    return reply.shown[-1]


@pytest.mark.parametrize("kind", ["roc", "pr", "calibration", "confusion", "importance"])
def test_what_a_model_of_this_kernel_answers(fitted, kind):
    bundle = shown(fitted.run(f"%nbmlops picture {kind} model"))
    assert "<svg" in bundle["text/html"]
    assert (
        "as it is now" in bundle["text/plain"] or "`model` on `X` with `y`, as cell" in bundle["text/plain"]
    )
    assert "(40 rows)" in bundle["text/plain"] or kind == "importance"


def test_rows_can_be_named_and_are_only_names(fitted):
    named = shown(fitted.run("%nbmlops picture confusion model --on X --truth y --json"))
    assert json.loads(named["text/plain"])["pictures"][0]["headings"][0] == "true \\ answered"
    for words, said in (
        ("--on f(X) --truth y", "more than a name"),
        ("--on nobody --truth y", "holds no 'nobody'"),
        ("--on X", "It is not known"),
    ):
        refused = fitted.run(f"%nbmlops picture roc model {words}")
        assert said in refused.warned + refused.traceback, words


def test_what_was_changed_since_is_said(kernel):
    kernel.run("%load_ext nbmlops")
    kernel.run(MEASURED)
    kernel.run("y = 1 - y")
    text = shown(kernel.run("%nbmlops picture roc model"))["text/plain"]
    assert "since then `y` may have changed" in text
    assert "as cell 2 measured it" in text


def test_pictures_of_the_record_need_no_kernel(tmp_path, fitted):
    store = Path(fitted.ask("__import__('os').environ['NBMLOPS_STORE']").strip("'"))
    for ending in ("svg", "png"):
        file = tmp_path / f"history.{ending}"
        made = make_picture("history", "accuracy", file, store=store)
        assert made.path == str(file)
        assert file.stat().st_size > 500
    with pytest.raises(NbmlopsError, match="needs one cell only"):
        make_picture("lineage", "model", store=store)
    make_picture("history", "accuracy", tmp_path / "history.png", store=store)


@pytest.mark.parametrize("kind", ["roc", "importance"])
def test_outside_of_a_kernel_no_model_is_opened(kind, tmp_path):
    with pytest.raises(NbmlopsError, match="none is opened for it here"):
        make_picture(kind, "model", store=tmp_path / "s.db")


def test_mistakes_are_told(tmp_path):
    with pytest.raises(NbmlopsError, match="Choose one of metrics, history"):
        make_picture("rock", "model")
    with pytest.raises(NbmlopsError, match=r"neither in \.svg nor in \.png"):
        make_picture("lineage", "model", tmp_path / "a.pdf")
    assert len(set(KINDS)) == 8


def test_no_other_file_is_overwritten(tmp_path, fitted):
    store = Path(fitted.ask("__import__('os').environ['NBMLOPS_STORE']").strip("'"))
    (tmp_path / "mine.svg").write_text("my notes")
    with pytest.raises(NbmlopsError, match="holds no picture"):
        make_picture("history", "accuracy", tmp_path / "mine.svg", store=store)
    assert (tmp_path / "mine.svg").read_text() == "my notes"
