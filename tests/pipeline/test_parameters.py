"""Which literals of a notebook its pipeline offers as parameters, and which files as inputs."""

from __future__ import annotations

import ast

import pytest

from nbmlops.core.pipeline import InputFile
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.pipeline.parameters import path_literals
from nbmlops.slicing.cutting import cut_slice
from tests.core.trace import make_history, say


def plan_of(*lines):
    history = make_history(*lines)
    return cut_pipeline(cut_slice(history, "y"), history)


def found(*lines):
    return {p.name: p.default for p in plan_of(*lines).pipeline.parameters}


@pytest.mark.parametrize(
    ("literal", "default"),
    [
        ("3", 3),
        ("-0.5", -0.5),
        ("True", True),
        ("'é'", "é"),
        ("None", ...),
        ("1 + 2", ...),
        ("[1]", ...),
        ("2j", ...),
    ],
)
def test_plain_literals_are_parameters(literal, default):
    lines = [say(f"n = {literal}", binds="n"), say("y = f(n)", reads="n", binds="y")]
    assert found(*lines) == ({} if default is ... else {"n": default})


@pytest.mark.parametrize("name", ["_hidden", "run", "int"])
def test_some_names_are_not_offered(name):
    assert found(say(f"{name} = 3", binds=name), say(f"y = f({name})", reads=name, binds="y")) == {}


def test_what_is_bound_twice_is_not_offered():
    lines = [
        say("n = 3", binds="n"),
        say("a = f(n)", reads="n", binds="a"),
        say("n = 4", binds="n"),
        say("y = f(n, a)", reads="n a", binds="y"),
    ]
    assert found(*lines) == {}


def test_files_become_inputs():
    lines = [
        say("a = read('data/2024-sales.csv.gz')", opens="/home/me/data/2024-sales.csv.gz", binds="a"),
        say("b = read('./class.csv')", opens="/home/me/class.csv", binds="b", reads="a"),
        say("y = read('other/class.csv') + a + b", opens="/home/me/other/class.csv", reads="a b", binds="y"),
    ]
    plan = plan_of(*lines)
    names = {"input_2024_sales", "input_class", "input_class_2"}
    assert {p.name for p in plan.pipeline.parameters} == names
    assert {r.parameter for r in plan.replacements} == names
    assert all(p.is_input for p in plan.pipeline.parameters)


def test_a_path_in_a_name_is_one_input():
    lines = [
        say("path = 'x.csv'", binds="path"),
        say("y = read(path)", reads="path", opens="/home/me/x.csv", binds="y"),
    ]
    (parameter,) = plan_of(*lines).pipeline.parameters
    assert (parameter.name, parameter.default) == ("x", "/home/me/x.csv")


@pytest.mark.parametrize(
    ("code", "path", "staged"),
    [
        ("y = read(f'{folder}/x.csv')", "/home/me/data/x.csv", "data/x.csv"),
        ("y = read(p)", "/elsewhere/x.csv", None),
    ],
)
def test_a_file_that_no_literal_names_is_staged(code, path, staged):
    (entry,) = plan_of(say(code, opens=path, binds="y")).pipeline.inputs
    assert (entry.path, entry.parameter, entry.staged) == (path, None, staged)
    assert isinstance(entry, InputFile)


def test_a_file_that_the_pipeline_writes_later_is_staged():
    lines = [
        say("a = read('x.csv')", opens="/home/me/x.csv", binds="a"),
        say("save(a, 'x.csv')", reads="a", writes="/home/me/x.csv"),
        say("y = read('x.csv')", opens="/home/me/x.csv", binds="y"),
    ]
    (entry,) = plan_of(*lines).pipeline.inputs
    assert (entry.parameter, entry.staged) == (None, "x.csv")


def test_own_modules_are_no_inputs():
    lines = [
        say("import mine", binds="mine", loads="/home/me/mine.py"),
        say("y = mine.y", reads="mine", binds="y"),
    ]
    assert plan_of(*lines).pipeline.inputs == ()


@pytest.mark.parametrize(
    ("code", "count"),
    [("r('a/../x.csv')", 1), ("r('/home/me/x.csv')", 1), ("r(f'x.csv')", 0), ("r('y.csv')", 0), ("r('')", 0)],
)
def test_path_literals(code, count):
    assert len(path_literals(ast.parse(code), "/home/me/x.csv", "/home/me")) == count
