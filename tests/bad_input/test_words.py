"""Words that are no verb, options that no verb takes, and answers about nothing."""

from __future__ import annotations

import json

import pytest

from nbmlops.faces.verbs import VERBS
from tests.bad_input.desk import Desk

QUERIES = ("history", "runs", "models", "doctor")
REFUSED = {
    "modles": ("'modles'", "'models'"),
    "xyzzy": ("'xyzzy'", "nbmlops --help"),
    "''": ("''", "nbmlops --help"),
    "-v": ("'-v'", "nbmlops --help"),
    "slice": ("NAME", "nbmlops slice --help"),
    "slice model extra": ("'extra'", "nbmlops slice --help"),
    "slice model --jsn": ("'--jsn'", "'--json'", "nbmlops slice --help"),
    "export model": ("DIR", "nbmlops export --help"),
    "export model ''": ("DIR", "empty"),
    "approve income one": ("VERSION", "'one' is no whole number"),
    "retrain income --input people": ("'people'", "NAME=VALUE"),
    "retrain income --input people=x --margin much": ("'much' is no number",),
    "register model": ("--as", "nbmlops register --help"),
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_understood(tmp_path, line):
    words = ["" if word == "''" else word for word in line.split()]
    Desk(tmp_path).type(*words).refuses(*REFUSED[line], code=2)
    assert not any(tmp_path.iterdir())


def test_no_words_at_all_are_answered_with_help(tmp_path):
    answer = Desk(tmp_path).type()
    assert answer.code == 0
    assert all(verb.name in answer.output for verb in VERBS)


@pytest.mark.parametrize("verb", [v for v in VERBS if v.shaped is not None], ids=lambda verb: verb.name)
def test_outside_of_any_store(tmp_path, verb):
    given = {
        "integer": "1",
        "path": "nowhere",
        "system": "mlflow",
        "uri": "sqlite:///m.db",
        "kind": "metrics",
    }
    taken = [a for a in verb.arguments if not a.flags and not a.optional]
    words = [
        word
        for a in taken
        for word in [given.get(a.name, given.get(a.kind, "some"))] * (2 if a.kind == "many" else 1)
    ]
    if verb.name == "register":
        words += ["--as", "some"]
    if verb.name in ("push", "pull"):
        words += ["http://127.0.0.1:9"]
    if verb.name == "retrain":
        words += ["--input", "a=b"]
    expected = (
        ("'nowhere'",)
        if verb.name in ("run", "rescue", "receive", "trust")
        else ("No MLflow server answers",)  # what is pulled makes a store
        if verb.name == "pull"
        else ("There is no store at", "nbmlops run NOTEBOOK")
    )
    Desk(tmp_path).type(verb.name, *words).refuses(*expected)
    assert verb.name in ("run", "pull") or not any(tmp_path.iterdir())


def test_an_empty_store_answers_with_empty_json(tmp_path):
    desk = Desk(tmp_path)
    (tmp_path / "nothing.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})
    )
    assert desk.type("run", "nothing.ipynb").code == 0
    for verb in QUERIES:
        answer = desk.type(verb, "--json")
        assert (answer.code, answer.errors) == (0, "")
        found = json.loads(answer.output)
        assert found == [] or verb == "doctor"
        plain = desk.type(verb)
        assert plain.code == 0
        assert plain.output.strip()


def test_queries_print_json_and_nothing_else(stocked):
    for line in (*QUERIES, "slice model", "why model"):
        answer = stocked.type(*line.split(), "--json")
        assert (answer.code, answer.errors) == (0, "")
        assert json.loads(answer.output)


@pytest.mark.parametrize("verb", ["history", "models", "doctor", "slice model", "why model"])
def test_text_stays_within_the_page(stocked, verb):
    widest = max(len(line) for line in stocked.type(*verb.split()).output.splitlines() if "/" not in line)
    assert widest <= 100
