"""Names that are not there, that nobody can bind, or that hold no model."""

from __future__ import annotations

import pytest

from tests.bad_input.desk import photograph

NAMES = {
    "modl": ("'modl'", "Did you mean 'model'?", "nbmlops history"),
    "zzz": ("'zzz'", "No recorded statement", "%load_ext nbmlops"),
    "__class__": ("'__class__'", "No recorded statement"),
    "print": ("'print' is Python's own",),
    "In": ("'In' is IPython's own",),
    "_": ("'_' is IPython's own",),
    "_i12": ("'_i12' is IPython's own",),
    "model.coef_": ("'model.coef_' is no name", "NAME = ..."),
    "a'b\"c": ("'a'b\"c' is no name",),
    "naïve_ünïcode": ("'naïve_ünïcode'", "No recorded statement"),
    "データ": ("'データ'", "No recorded statement"),
    "a\nb\x1b[31m": ("'a\\nb\\x1b[31m' is no name",),
    "": ("'' is no name",),
    "x" * 500: ("x" * 60 + "…",),
    "gone": ("'gone' was deleted",),
}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
@pytest.mark.parametrize("verb", ["slice", "why", "export", "register"])
def test_a_name_that_no_statement_made(stocked, verb, name):
    before = photograph(stocked.folder, ".nbmlops/store.db-")
    rest = {"export": ["out"], "register": ["--as", "other"]}.get(verb, [])
    answer = stocked.type(verb, name, *rest).refuses(*NAMES[name])
    assert len(answer.message) < 500
    assert photograph(stocked.folder, ".nbmlops/store.db-") == before


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("X_train", ("'X_train'", "'DataFrame'", "no `predict`", "nbmlops export X_train DIR")),
        ("helper", ("'helper'", "'function'", "no `predict`")),
        ("number", ("'number'", "'int'", "no `predict`")),
        ("pd", ("'pd'", "'module'", "no `predict`")),
        ("unfitted", ("'unfitted'", "LogisticRegression is not fitted yet", "unfitted.fit(...)")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_fitted_model_is_not_registered(stocked, name, parts):
    stocked.type("register", name, "--as", "other").refuses(*parts)
    assert "other" not in stocked.type("models").output


@pytest.mark.parametrize("model", ["../x", "", "x" * 500, "income@1", "a b", "-x", "é", "a\nb", "."])
def test_what_cannot_be_a_models_name(stocked, model):
    answer = stocked.type("register", "model", f"--as={model}").refuses(
        "cannot be the name of a model", code=2
    )
    assert len(answer.message) < 800
    assert not (stocked.folder.parent / "x").exists()


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--history", "nope"], ("'nope'", "`last`")),
        (["--notebook", "nope.ipynb"], ("'nope.ipynb'", "nbmlops run nope.ipynb")),
        (["--notebook", "my book.ipynb"], ("nbmlops run 'my book.ipynb'",)),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("verb", ["history", "slice model", "why model", "export model out"])
def test_a_history_that_is_not_there(stocked, verb, words, parts):
    stocked.type(*verb.split(), *words).refuses(*parts)
