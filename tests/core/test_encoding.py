"""Records come back from JSON as they went, and the store is found like git's folder."""

from __future__ import annotations

import dataclasses
import importlib
import math
import pkgutil
import types
import typing
from pathlib import Path

import pytest

import nbmlops.core
from nbmlops.core.encoding import dump, load
from nbmlops.core.history import History
from nbmlops.core.overview import Picture
from nbmlops.core.settings import STORE_VARIABLE, Settings, find_store
from nbmlops.core.value import ColumnProfile
from tests.core.trace import make_history, say

IN_MEMORY = {"exchange", "meeting"}
"""Modules whose records hold contents and functions: they pass in memory, and are never written."""
MODULES = [
    importlib.import_module(f"nbmlops.core.{m.name}")
    for m in pkgutil.iter_modules(nbmlops.core.__path__)
    if m.name not in IN_MEMORY
]
RECORDS = [
    kind
    for module in MODULES
    for kind in vars(module).values()
    if dataclasses.is_dataclass(kind)
    and kind.__module__ == module.__name__
    and kind not in (Settings, Picture)  # neither is written
]
PLAIN = {str: 'é "\n\ud800', int: -7, float: 0.1, bool: True, type(None): None, typing.Any: [1, "a", None]}


def make_value(kind, full):
    """Make a value of an annotated type: every field filled, or as little as is allowed."""
    arguments, origin = typing.get_args(kind), typing.get_origin(kind)
    if kind in PLAIN:
        return PLAIN[kind]
    if origin is typing.Literal:
        return arguments[-1]
    if origin in (typing.Union, types.UnionType):
        return make_value(arguments[0], full) if full else make_value(arguments[-1], full)
    if origin is tuple:
        if arguments[-1] is ...:
            return (make_value(arguments[0], full),) * 2 if full else ()
        return tuple(make_value(a, full) for a in arguments)
    if origin is dict:
        return {make_value(arguments[0], full): make_value(arguments[1], full)} if full else {}
    hints = typing.get_type_hints(kind)
    return kind(**{f.name: make_value(hints[f.name], full) for f in dataclasses.fields(kind)})


@pytest.mark.parametrize("full", [True, False], ids=["full", "empty"])
@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_records_come_back(kind, full):
    record = make_value(kind, full)
    assert load(kind, dump(record)) == record
    assert load(kind, dump(record, indent=2)) == record


def test_a_history_comes_back():
    history = make_history(say("a = 1", binds="a", scalars={"a": 1}), say("b = a", reads="a", error="E: x"))
    assert load(History, dump(history)) == history


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_lacks_come_back(number):
    column = ColumnProfile("a", "float64", "number", 1, 0, 1, quantiles=(number,), mean=number)
    text = dump(column)
    assert "Infinity" not in text
    assert "NaN" not in text
    assert repr(load(ColumnProfile, text)) == repr(column)


def test_what_an_older_release_did_not_know_takes_its_default():
    assert load(
        ColumnProfile, '{"name":"a","dtype":"i","kind":"integer","count":1,"missing":0,"distinct":1,"new":2}'
    )


PLACES = {
    "nothing above": ([], "a/b", "a/b/.nbmlops/store.db"),
    "a repository above": ([".git/"], "a/b", ".nbmlops/store.db"),
    "a project above": (["a/pyproject.toml", ".git/"], "a/b", "a/.nbmlops/store.db"),
    "a store above a project": ([".nbmlops/store.db", "a/pyproject.toml"], "a/b", ".nbmlops/store.db"),
    "the nearest store": ([".nbmlops/store.db", "a/.nbmlops/store.db"], "a/b", "a/.nbmlops/store.db"),
    "a folder without a store": (["a/.nbmlops/", ".git/"], "a/b", ".nbmlops/store.db"),
}


@pytest.mark.parametrize(("made", "start", "found"), PLACES.values(), ids=PLACES.keys())
def test_finding_the_store(tmp_path, monkeypatch, made, start, found):
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    (tmp_path / start).mkdir(parents=True)
    for name in made:
        path = tmp_path / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()
    assert find_store(tmp_path / start) == tmp_path / found


def test_the_variable_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(STORE_VARIABLE, "own/my.db")
    assert find_store() == Path.cwd() / "own" / "my.db"
