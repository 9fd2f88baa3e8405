from __future__ import annotations

import pytest

from nbmlops.core.space import read_sweep
from nbmlops.core.sweep import Choice, Range
from nbmlops.errors import UsageError


@pytest.mark.parametrize(
    ("text", "space"),
    [
        ("depth=[2, 4, 8]", [Choice("depth", (2, 4, 8))]),
        ("depth = (2, 4)", [Choice("depth", (2, 4))]),
        ("kind=['a b', \"c]\"] x=None", [Choice("kind", ("a b", "c]")), Choice("x", (None,))]),
        ("C=log(1e-3, 10)", [Range("C", 0.001, 10.0, log=True)]),
        ("n=int(1,9) u=uniform( -1, 1 )", [Range("n", 1, 9, whole=True), Range("u", -1.0, 1.0)]),
        ("layers=[(8, 8), [16]] s='it\\'s'", [Choice("layers", ((8, 8), [16])), Choice("s", ("it's",))]),
        ("größe=[1]", [Choice("größe", (1,))]),
        ("ok={'a': [1, 2]}", [Choice("ok", ({"a": [1, 2]},))]),
    ],
)
def test_what_names_may_be(text, space):
    assert list(read_sweep([text]).space) == space


def test_several_lines_and_flags():
    found = read_sweep(
        [
            "a=[1, 2]",
            "b=uniform(0, 1) --metric acc --minimize",
            "--trials 7 --workers=3 --on tcp://h:1 --seed 4",
        ]
    )
    assert (found.metric, found.minimize, found.trials, found.workers, found.on) == (
        "acc",
        True,
        7,
        3,
        "tcp://h:1",
    )
    assert (found.sampler, found.seed, found.resume, [d.spell() for d in found.space]) == (
        "random", 4, False, ["a=[1, 2]", "b=uniform(0.0, 1.0)"],
    )  # fmt: skip


def test_lists_alone_are_a_grid():
    found = read_sweep(["a=[1, 2] --resume"])
    assert (found.sampler, found.trials, found.resume) == ("grid", None, True)


@pytest.mark.parametrize(
    ("text", "said", "column"),
    [
        ("", "No name is given values", 0),
        ("depth", "Here a name with its values", 0),
        ("a=[1] depth", "Here a name with its values", 6),
        ("a=", "Here values were expected", 2),
        ("a=[1, 2", "not closed", 2),
        ("a=[1, 'x]", "not closed", 2),
        ("a=[1)]", "closes nothing", 4),
        ("a=[x]", "no literal", 2),
        ("a=__import__('os')", "'__import__' is no range", 2),
        ("a=[__import__('os')]", "no literal", 2),
        ("a=[1, 1]", "there twice", 2),
        ("a=[]", "no value", 2),
        ("a={1, 2}", "A set has no order", 2),
        ("a=[1] a=[2]", "given values twice", 6),
        ("a=log(0, 1)", "above 0", 2),
        ("a=int(1.5, 2)", "whole numbers", 2),
        ("a=uniform(2, 1)", "is not below", 2),
        ("a=uniform(1)", "takes two numbers", 2),
        ("a=[1] --metrics x", "does not take '--metrics'", 6),
        ("a=[1] --metric", "NAME is missing", 14),
        ("a=[1] --trials none", "a whole number from 1", 15),
        ("a=[1] --sampler best --metric m", "'best' is not known", 16),
        ("a=[1] --sampler tpe", "by which number", 16),
        ("a=[1] --minimize", "by which number", 6),
        ("a=uniform(0, 1) --sampler grid", "A grid needs lists", 0),
        ("a=[1] --seed 1 --seed 2", "given twice", 15),
    ],
)
def test_what_does_not_parse_is_pointed_at(text, said, column):
    with pytest.raises(UsageError) as caught:
        read_sweep(["b=[0]", text] if text else [text])
    what = caught.value.what
    assert said in what
    assert what.splitlines()[2].index("^") == column + 2
    assert what.splitlines()[1] == f"  {text}"
