"""Names: what a model, an alias and a version may be written as."""

from __future__ import annotations

import pytest

from nbmlops.errors import UsageError
from nbmlops.registry.names import Reference, find_user, parse_reference, require_alias, require_model


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("income", Reference("income")),
        ("income@champion", Reference("income", alias="champion")),
        ("income@3", Reference("income", version=3)),
        ("income/3", Reference("income", version=3)),
        ("a.b-c_9@x", Reference("a.b-c_9", alias="x")),
        ("2026@10", Reference("2026", version=10)),
    ],
)
def test_parse_reference(text, reference):
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@champion",
        "income@",
        "income/",
        "income/champion",
        "../x",
        "-x@1",
        "a b",
        "income@a b",
        "income@٣",
        "x/1/2",
    ],
)
def test_refused_references(text):
    with pytest.raises(UsageError):
        parse_reference(text)


@pytest.mark.parametrize("name", ["a", "9", "x" * 100, "_x", "A.b-c"])
def test_names(name):
    assert require_model(name) == name


@pytest.mark.parametrize(
    "name", ["", "x" * 101, "a/b", "a@b", ".", "..", ".hidden", "-rf", "naïve", "a\n", "a b"]
)
def test_refused_names(name):
    with pytest.raises(UsageError, match="cannot be the name of a model"):
        require_model(name)
    with pytest.raises(UsageError, match="cannot be an alias"):
        require_alias(name)


def test_number_is_no_alias():
    with pytest.raises(UsageError, match="no bare number"):
        require_alias("12")
    assert require_alias("v12") == "v12"


def test_find_user(monkeypatch):
    monkeypatch.setenv("LOGNAME", "ann")
    assert find_user() == "ann"
