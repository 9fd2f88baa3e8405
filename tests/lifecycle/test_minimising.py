"""What trials may drop of a slice: only what is assumed, only on proof, and never by injecting a result."""

from __future__ import annotations

import dataclasses
import json

import nbformat
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.exporting import export_name, prove_export
from nbmlops.errors import UsageError
from nbmlops.lifecycle.minimising import minimise_slice
from nbmlops.slicing.cutting import cut_slice
from tests.core.trace import make_history, say

CELLS = (
    "import threading\ndata = list(range(10))\nlock = threading.Lock()\nnotes = [1]",
    "def total(values):\n    with lock:\n        return sum(values)",
    "seen = repr(lock)",
    "print(lock)\nnotes.append(str(lock))",
    "it = (v * 2 for v in data)",
    "next(it)",
    "words = [next(it)]\nprint(lock, notes)",
    "answer = [total(data), next(it)]",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The store of a notebook that touches what cannot be compared, to good purpose and to none."""
    folder = tmp_path_factory.mktemp("locks")
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS]), folder / "nb.ipynb"
    )
    path = folder / ".nbmlops" / "store.db"
    run_notebook(folder / "nb.ipynb", store=path)
    return path


def test_only_what_is_proved_needless_goes(store, tmp_path):
    told = []
    exported = export_name("answer", tmp_path / "out", minimise=60, store=store, progress=told.append)
    assert exported.verdict == "identical"
    assert exported.statements_total - exported.statements_kept == 5
    (note,) = exported.notes
    assert note.startswith("4 of 6 assumed statements were dropped")
    assert any(line.startswith("trying without") for line in told)
    text = (tmp_path / "out" / "pipeline.py").read_text()
    assert text.count("next(it)") == 3
    for gone in ("print", "repr", "notes"):
        assert gone not in text


def test_what_was_dropped_is_told(store, tmp_path):
    export_name("answer", tmp_path / "out", minimise=60, store=store)
    dropped = json.loads((tmp_path / "out" / "proof.json").read_text())["dropped_by_trial"]
    assert [d["source"] for d in dropped] == [
        "seen = repr(lock)",
        "print(lock)",
        "notes.append(str(lock))",
        "print(lock, notes)",
    ]
    assert {r["because"] for d in dropped for r in d["reasons"]} == {
        "it was assumed to matter, and proved unnecessary by trial"
    }
    assert "    print(lock, notes)\n" in (tmp_path / "out" / "README.md").read_text()
    assert prove_export(tmp_path / "out", store=store).verdict == "identical"


def test_without_the_flag_nothing_goes(store, tmp_path):
    exported = export_name("answer", tmp_path / "out", store=store)
    assert (exported.statements_kept, exported.notes) == (13, ())
    assert json.loads((tmp_path / "out" / "proof.json").read_text())["dropped_by_trial"] == []


def test_what_no_trial_proves_needless_stays(store, tmp_path):
    exported = export_name("words", tmp_path / "out", minimise=60, store=store)
    assert (exported.statements_kept, exported.verdict) == (4, "identical")
    assert exported.notes[0].startswith(
        "no trial proved any of the 1 assumed statements unnecessary (1 trial"
    )


def test_where_all_is_evidence_nothing_is_tried(store, tmp_path):
    exported = export_name("data", tmp_path / "out", minimise=60, store=store)
    assert (exported.statements_kept, exported.verdict) == (1, "identical")
    assert "every statement is kept on evidence" in exported.notes[0]


@pytest.mark.parametrize("settings", [{"minimise": 60, "prove": False}, {"minimise": 0}])
def test_trials_need_time_and_proof(store, tmp_path, settings):
    with pytest.raises(UsageError):
        export_name("answer", tmp_path / "out", store=store, **settings)
    assert not (tmp_path / "out").exists()


def minimise(lines, target, needed=(), seconds=60.0):
    """Minimise a history written by hand, in which only the statements with `needed` texts matter."""
    history = make_history(*lines)
    tried = []

    def try_slice(candidate, left):
        tried.append([s.code for s in candidate.kept])
        return set(needed) <= set(tried[-1])

    found = minimise_slice(lambda w: cut_slice(history, target, without=w), try_slice, seconds)
    return [s.code for s in found.slice.kept], found, tried


def touch(code):
    return say(code, reads="a", changes="a", certain=False)


def test_halves_are_tried_before_single_ones():
    lines = [say("a = 1", binds="a"), *(touch(f"touch({n})") for n in range(8)), touch("last")]
    kept, found, tried = minimise(lines, "a", needed=("a = 1", "touch(5)"))
    assert kept == ["a = 1", "touch(5)"]
    assert len(tried) == found.trials <= 8


def test_what_is_certain_is_never_tried():
    lines = [say("a = 1", binds="a"), say("a += 0", reads="a", changes="a")]
    kept, found, tried = minimise(lines, "a")
    assert (kept, found.trials, tried) == (["a = 1", "a += 0"], 0, [])


def test_time_that_ran_out_keeps_the_rest():
    lines = [say("a = 1", binds="a"), touch("touch()")]
    kept, found, _ = minimise(lines, "a", seconds=0.0)
    assert (kept, found.ran_out) == (["a = 1", "touch()"], True)


def test_what_was_computed_never_becomes_an_input():
    lines = [
        say("b = 2", binds="b"),
        say("write(b)", reads="b", writes="/y", certain=False),
        say("a = read()", opens="/y", binds="a"),
    ]
    kept, _, tried = minimise(lines, "a")
    assert (kept, tried) == (["b = 2", "write(b)", "a = read()"], [])


def test_what_only_a_dropped_statement_needs_goes_with_it():
    lines = [
        say("b = 2", binds="b"),
        say("a = 1", binds="a"),
        say("touch(a, b)", reads="a b", changes="a", certain=False),
    ]
    kept, _, _ = minimise(lines, "a")
    assert kept == ["a = 1"]


def test_a_draw_is_kept_with_what_it_reads():
    lines = [
        say("seed()", seeds="numpy"),
        say("b = 2", binds="b"),
        say("a = 1", binds="a"),
        say("touch(a, draw(b))", reads="a b", changes="a", moves="numpy", certain=False),
        say("c = a + draw()", reads="a", binds="c", moves="numpy"),
    ]
    history = make_history(*lines)
    slice_ = cut_slice(history, "c", without={(4, 0)})
    assert [s.code for s in slice_.kept] == [code for code, _ in lines]
    assert all(dataclasses.replace(e, kept=False).proved_needless is False for e in slice_.explained)
