"""What an import adds to modules that were there is seen, whatever else comes and goes meanwhile."""

from __future__ import annotations

import ast
import sys
from types import ModuleType

import pytest

from nbmlops.capture.setups import Setups

NODE = ast.parse("import setups_new").body[0]


@pytest.fixture
def modules(monkeypatch):
    made = {name: ModuleType(name) for name in ("setups_old", "setups_gone", "setups_new")}
    for name in ("setups_old", "setups_gone"):
        monkeypatch.setitem(sys.modules, name, made[name])
    yield made
    sys.modules.pop("setups_new", None)


def keys(effects):
    return [effect.resource.key for effect in effects]


def test_what_grew_is_told(modules):
    setups = Setups()
    setups.begin(True)
    sys.modules["setups_new"] = modules["setups_new"]
    modules["setups_old"].given = 1
    assert keys(setups.conclude_import(NODE)) == ["set up: setups_old.given"]


def test_what_grew_is_told_where_a_module_went_away(modules):
    setups = Setups()
    setups.begin(True)
    del sys.modules["setups_gone"]
    sys.modules["setups_new"] = modules["setups_new"]
    sys.modules["setups_gone"] = ModuleType("setups_gone")
    modules["setups_old"].given = 1
    assert keys(setups.conclude_import(NODE)) == ["set up: setups_old.given"]


def test_what_grew_before_the_import_is_not_told(modules):
    setups = Setups()
    setups.begin(True)
    sys.modules["setups_new"] = modules["setups_new"]
    setups.conclude_import(NODE)
    del sys.modules["setups_gone"], sys.modules["setups_new"]
    modules["setups_old"].early = 1
    setups.begin(True)
    sys.modules["setups_new"] = modules["setups_new"]
    assert keys(setups.conclude_import(NODE)) == []


def test_what_is_unloaded_is_let_go(modules):
    setups = Setups()
    setups.begin(True)
    space = vars(modules["setups_gone"])
    held = sys.getrefcount(space)
    del sys.modules["setups_gone"]
    setups.begin(False)
    assert sys.getrefcount(space) == held - 1
