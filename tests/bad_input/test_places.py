"""Directories that are somebody's, and two writers at once."""

from __future__ import annotations

import json

import pytest

from tests.bad_input.desk import photograph

WORDS = {"export": ["export", "model"], "package": ["package", "income"]}
FLAGS = {"export": ["--no-prove"], "package": []}


def make_mine(folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("years of work")
    (folder / "file").write_text("a file")
    (folder / "link").symlink_to("mine")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "fake").mkdir()
    (folder / "fake" / "manifest.json").write_text('{"files": {"../file": "0"}}')


@pytest.mark.parametrize(
    "place", ["mine", "file", "link", "dangling", "fake", "file/below", ".", "mine/..", "/"]
)
@pytest.mark.parametrize("verb", WORDS)
def test_what_is_somebodys_is_left_alone(spoiled, verb, place):
    make_mine(spoiled.folder)
    before = photograph(spoiled.folder)
    answer = spoiled.type(*WORDS[verb], place, *FLAGS[verb]).refuses("nother directory")
    assert ".." not in answer.message.replace("'../file'", "")
    assert "--overwrite" not in answer.message
    assert photograph(spoiled.folder) == before
    if verb == "export":
        spoiled.type(*WORDS[verb], place, "--overwrite", *FLAGS[verb]).refuses("nother directory")
        assert photograph(spoiled.folder) == before


def test_an_export_that_was_changed_goes_only_when_asked(spoiled):
    assert spoiled.type("export", "model", "out", "--no-prove").code == 0
    assert spoiled.type("export", "model", "out", "--no-prove").code == 0
    (spoiled.folder / "out" / "notes.txt").write_text("years of work")
    before = photograph(spoiled.folder / "out")
    spoiled.type("export", "model", "out", "--no-prove").refuses(
        "changed after it was written", "--overwrite"
    )
    assert photograph(spoiled.folder / "out") == before
    assert spoiled.type("export", "model", "out", "--no-prove", "--overwrite").code == 0
    assert not (spoiled.folder / "out" / "notes.txt").exists()


def test_what_appears_while_an_export_is_proved_stays(spoiled, monkeypatch):
    """The place is looked at again before it is taken: meanwhile somebody may have used it."""
    from nbmlops.api.exporting import export_name
    from nbmlops.errors import ExportError

    def use_place(message: str) -> None:
        if message.startswith("slicing"):
            (spoiled.folder / "out").mkdir()
            (spoiled.folder / "out" / "notes.txt").write_text("years of work")

    with pytest.raises(ExportError, match="left alone"):
        export_name("model", spoiled.folder / "out", prove=False, store=spoiled.store, progress=use_place)
    assert photograph(spoiled.folder / "out") == {"notes.txt": b"years of work"}
    assert not list(spoiled.folder.glob(".out*"))


def test_two_exports_into_one_directory(spoiled):
    """Of two different names one is there in the end, whole, and the store knows which."""
    for _ in range(2):
        children = [spoiled.start("export", name, "out", "--no-prove", "--json") for name in ("model", "X")]
        said = [child.communicate(timeout=600) for child in children]
        assert [child.returncode for child in children] == [0, 0], said
        assert {json.loads(output)["target"] for output, _ in said} == {"model", "X"}
    left = [path.name for path in spoiled.folder.iterdir() if path.name.startswith((".out", "out"))]
    assert left == ["out"]
    # It is unmodified for the store, which is to say that the record and the files are of one export.
    assert spoiled.type("export", "model", "out", "--no-prove").code == 0


def test_a_tilde_is_home_also_where_no_shell_expands_it(spoiled, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert spoiled.type("export", "model", "~/out", "--no-prove").code == 0
    assert (tmp_path / "out" / "pipeline.py").is_file()
    assert not (spoiled.folder / "~").exists()


def test_an_input_that_is_gone_or_changed(spoiled, stocked):
    """What the notebook read was kept, so that the export still has it, and says so."""
    data = stocked.folder / "people.csv"
    content = data.read_bytes()
    try:
        data.unlink()
        gone = spoiled.type("export", "model", "gone", "--no-prove")
        data.write_bytes(content + b"1,2,a,yes\n")
        changed = spoiled.type("export", "model", "changed", "--no-prove")
    finally:
        data.write_bytes(content)
    for answer, place in ((gone, "gone"), (changed, "changed")):
        assert answer.code == 0, answer.errors
        assert "no longer what the notebook read" in " ".join(answer.output.split())
        assert (spoiled.folder / place / "inputs" / "people.csv").read_bytes() == content
