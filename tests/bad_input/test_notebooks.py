"""Notebooks that are none, that stop half-way, or that are merely odd."""

from __future__ import annotations

import json

import pytest

from tests.bad_input.desk import Desk

EMPTY = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": %s}'
UNREADABLE = {
    "no json": ("{ this is no notebook", ("is no JSON", "nbmlops run NOTEBOOK.ipynb")),
    "python": ("x = 1\n", ("is no JSON",)),
    "empty": ("", ("it is empty",)),
    "object": ('{"a": 1}', ("it has no cells",)),
    "list": ("[1, 2]", ("it has no cells",)),
    "number": ("3", ("it has no cells",)),
    "no cells": (EMPTY % "null", ("it has no cells",)),
    "no source": (EMPTY % '[{"cell_type": "code", "metadata": {}, "id": "a"}]', ("damaged", "cell 1")),
    "no type": (EMPTY % '[{"x": 1}]', ("damaged", "save it again")),
    "future": ('{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}', ("damaged", "99")),
    "binary": (b"\xb3\x00\xff" * 100, ("not text in UTF-8",)),
}


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path / "a desk ü")


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_is_no_notebook(desk, kind):
    content, parts = UNREADABLE[kind]
    content = content.encode() if isinstance(content, str) else content
    path = desk.folder / "odd.ipynb"
    path.write_bytes(content)
    desk.type("run", "odd.ipynb").refuses("'odd.ipynb'", *parts)
    assert path.read_bytes() == content


def test_a_path_that_is_no_file(desk):
    desk.write_notebook("analysis.ipynb", [])
    (desk.folder / "folder.ipynb").mkdir()
    desk.type("run", "folder.ipynb").refuses("'folder.ipynb'", "Is a directory")
    desk.type("run", "anlysis.ipynb").refuses("no notebook 'anlysis.ipynb'", "Did you mean 'analysis.ipynb'?")
    desk.type("run", "nowhere/a.ipynb").refuses("'nowhere/a.ipynb'", "Check the path")
    desk.type("run", "x" * 300 + ".ipynb").refuses("File name too long")
    desk.type("run", "").refuses("empty", code=2)


def test_a_kernel_that_is_not_installed(desk):
    desk.write_notebook("odd.ipynb", ["a = 1"], kernel="nosuch")
    desk.type("run", "odd.ipynb").refuses("'nosuch'", "not installed", "'python3'")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["-p", "nmber=1"], ("'nmber'", "Did you mean 'number'?", "-p NAME=VALUE")),
        (["-p", "zzz=1"], ("'zzz'", "-p NAME=VALUE")),
        (["--output", "nowhere/o.ipynb"], ("'nowhere/o.ipynb'", "there is no directory", "--output")),
        (["--output", "."], ("'.'", "it is a directory", "--output")),
    ],
    ids=" ".join,
)
def test_a_request_that_cannot_be_met_is_refused_before_anything_runs(desk, words, parts):
    desk.write_notebook("odd.ipynb", ["open('ran', 'w').close()", "number = 3"])
    desk.type("run", "odd.ipynb", *words).refuses(*parts)
    assert not (desk.folder / "ran").exists()


def test_a_parameter_replaces_its_value_and_nothing_beside_it(desk):
    cells = [
        "%matplotlib inline\nnumber: int = 3; other = 4  # both\nnumber = number + 10",
        "text = ('ä',\n  'b'); last = 1\nassert (number, other, text, last) == (17, 4, 'x y', 1)",
    ]
    desk.write_notebook("odd.ipynb", cells)
    answer = desk.type("run", "odd.ipynb", "-p", "number=7", "-p", "text=x y", "--json")
    assert answer.code == 0, answer.errors
    assert [e["status"] for e in json.loads(answer.output)] == ["ok", "ok"]


def test_a_cell_that_stops_the_run_is_named(desk):
    desk.write_notebook("odd.ipynb", ["a = 1", "# a comment\ndef broken(:\n    pass", "b = 2"])
    answer = desk.type("run", "odd.ipynb").refuses(
        "cell 2 (`def broken(:`) raised SyntaxError: invalid syntax (line 2)", "--allow-errors"
    )
    assert "odd.ipynb" in answer.message
    history = json.loads(desk.type("history", "--json").output)
    assert [execution["status"] for execution in history] == ["ok", "error"]
    assert desk.type("run", "odd.ipynb", "--allow-errors").code == 0
    assert "b = 2" in desk.type("slice", "b").output


def test_a_kernel_that_dies_keeps_what_it_recorded(desk):
    desk.write_notebook("my odd.ipynb", ["a = 1", "import os; os.write(2, b'no more memory'); os._exit(7)"])
    desk.type("run", "my odd.ipynb").refuses(
        "died in cell 2 of 2 (`import os;", "nbmlops history --notebook 'my odd.ipynb'"
    )
    assert "a = 1" in desk.type("slice", "a").output


def test_notebooks_that_are_merely_odd(desk):
    """No code at all, no ids, five megabytes of output, and names in other letters."""
    desk.write_notebook("none.ipynb", [])
    answer = desk.type("run", "none.ipynb")
    assert (answer.code, "no cell was executed" in answer.output) == (0, True)
    path = desk.write_notebook("odd ü.ipynb", ["ß = 1\nprint('x' * 5_000_000)", "", "   ", "näme = ß + 1"])
    plain = json.loads(path.read_text())
    for cell in plain["cells"]:
        del cell["id"]
    path.write_text(json.dumps(plain))
    answer = desk.type("run", "odd ü.ipynb", "--output", "done.ipynb")
    assert (answer.code, answer.errors.strip()) == (0, "running cell 1 of 2")
    assert len(answer.output) < 2_000
    assert "x" * 1000 in (desk.folder / "done.ipynb").read_text()
    exported = desk.type("export", "näme", "out ü", "--no-prove")
    assert exported.code == 0, exported.errors
    assert (desk.folder / "out ü" / "pipeline.py").is_file()
