"""Grammar: the api, the commands, the magics and the documentation offer the same verbs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import nbmlops.api
from nbmlops.faces.grammar import load_function
from nbmlops.faces.verbs import VERBS

PROMISED = (
    *("run", "rescue", "history", "slice", "why", "runs", "show", "compare", "picture", "mark", "hints"),
    *(
        "export",
        "prove",
        "register",
        "models",
        "approve",
        "reject",
        "promote",
        "rollback",
        "package",
        "serve",
        "monitor",
        "retrain",
    ),
    *("push", "pull"),
    *("snapshot", "diff", "restore", "forget", "gc", "backup", "restore-store"),
    *("bundle", "receive", "trust", "enable", "disable", "ui", "doctor", "demo"),
)
# Not verbs: what %load_ext, cells and magics call, what Python and the TAB key are given, what verbs share.
NOT_VERBS = {
    f"nbmlops.api.{name}"
    for name in (
        *("capturing", "frames", "judging", "offering", "opening", "overseeing"),
        *("saying", "sweeping", "telling"),
    )
}
GIVEN_BY_FACES = {"store", "progress"}


def find_function(verb):
    return load_function(verb.call)


def test_verbs_are_those_promised():
    assert tuple(verb.name for verb in VERBS) == PROMISED


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_api_takes_the_same_arguments(verb):
    parameters = set(inspect.signature(find_function(verb)).parameters)
    named = {argument.name for argument in verb.arguments}
    assert parameters - GIVEN_BY_FACES == named
    assert "store" in parameters
    assert ("progress" in parameters) == verb.reports


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_defaults_agree(verb):
    parameters = inspect.signature(find_function(verb)).parameters
    for argument in verb.arguments:
        default = parameters[argument.name].default
        if default is inspect.Parameter.empty or argument.kind in ("flag", "off", "many", "pairs"):
            continue
        assert default == argument.default, argument.name


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_what_a_verb_names_is_there(verb):
    for place in filter(None, (verb.shown, verb.shaped)):
        assert len(inspect.signature(load_function(place)).parameters) == 1


def test_every_api_function_is_a_verb():
    faces = {verb.name for verb in VERBS if verb.call.startswith("nbmlops.faces.")}
    assert faces == {"picture", "ui"}  # they draw, which is a face's work
    called = {verb.call for verb in VERBS if verb.name not in faces}
    offered = set()
    for found in pkgutil.iter_modules(nbmlops.api.__path__, "nbmlops.api."):
        module = importlib.import_module(found.name)
        if found.name in NOT_VERBS:
            continue
        functions = [n for n in module.__all__ if inspect.isfunction(getattr(module, n))]
        offered |= {f"{found.name}:{name}" for name in functions}
    assert offered == called
