from __future__ import annotations

from pathlib import Path

import pytest

from nbmlops.errors import UsageError
from nbmlops.faces.grammar import parse_request
from nbmlops.faces.verbs import VERBS


def understand(*words):
    return parse_request(VERBS, words, "nbmlops")


def test_positions_and_flags_become_keywords():
    request = understand("export", "model", "out", "--no-prove", "--with-rows", "--json")
    assert request.verb.name == "export"
    assert request.json
    assert request.keywords["name"] == "model"
    assert request.keywords["directory"] == Path("out")
    assert request.keywords["prove"] is False
    assert request.keywords["with_rows"] is True
    assert request.keywords["frozen"] is False
    assert request.keywords["store"] is None


@pytest.mark.parametrize(
    ("words", "seconds"), [((), None), (("--minimise",), 60), (("--minimise", "2.5"), 2.5)]
)
def test_a_flag_may_have_a_value_of_its_own(words, seconds):
    assert understand("export", "model", "out", *words).keywords["minimise"] == seconds
    (usage,) = [verb.usage for verb in VERBS if verb.name == "export"]
    assert "[--minimise [SECONDS]]" in usage


def test_pairs_become_a_dictionary():
    request = understand("run", "nb.ipynb", "-p", "a=1", "-p", "b=x=y", "-p", "c=")
    assert request.keywords["parameters"] == {"a": "1", "b": "x=y", "c": ""}
    assert understand("run", "nb.ipynb").keywords["parameters"] == {}


def test_requests_share_no_list():
    first = understand("package", "m@champion", "d", "--for", "docker", "--for", "k8s")
    assert understand("package", "m@champion", "d").keywords["targets"] == []
    assert first.keywords["targets"] == ["docker", "k8s"]


@pytest.mark.parametrize(
    "words",
    [
        ["regster", "model"],
        ["register", "model"],
        ["register"],
        ["approve", "income", "two"],
        ["run", "nb.ipynb", "-p", "a"],
        ["run", "nb.ipynb", "-p", "=1"],
        ["runs", "--jsn"],
        ["serve", "income@champion", "--json"],
        [],
        ["--nothing"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_understood_says_what_to_type(words):
    with pytest.raises(UsageError, match=r"Type `nbmlops.*--help`") as caught:
        understand(*words)
    assert caught.value.exit_code == 2


def test_close_verbs_are_named():
    with pytest.raises(UsageError, match="Did you mean 'promote'"):
        understand("promot", "income", "2", "champion")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_help_names_every_argument(verb, capsys):
    with pytest.raises(SystemExit) as caught:
        understand(verb.name, "--help")
    assert caught.value.code == 0
    told = capsys.readouterr().out
    for argument in verb.arguments:
        assert (argument.flags or (argument.metavar or argument.name.upper(),))[0] in told
    assert " ".join(verb.usage.split()) in " ".join(told.split())
