"""The measure itself: what it finds in slices whose excess is known, and what it makes of what goes wrong."""

from __future__ import annotations

import os
import time
from itertools import combinations

import pytest

from tests.tightness import measuring
from tests.tightness.forking import run_forked
from tests.tightness.measuring import Measured, Notebook, measure_notebook
from tests.tightness.sample import read_notebook
from tests.tightness.shrinking import shrink_list
from tests.tightness.tightness_table import summarise, write_table


@pytest.mark.parametrize("needed", [{0}, {3}, {0, 5}, {1, 2, 3}, set(range(6))])
def test_what_is_needed_is_left(needed):
    tried = []
    kept = shrink_list(range(6), lambda some: tried.append(some) or needed <= set(some))
    assert set(kept) == needed
    assert len(tried) <= 12


def test_nothing_more_can_be_taken_away_from_what_is_left():
    pairs = list(combinations(range(6), 2))

    def passes(some):
        return any(set(pair) <= set(some) for pair in pairs)

    kept = shrink_list(range(6), passes)
    assert passes(kept)
    assert not any(passes([k for k in kept if k != gone]) for gone in kept)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """However slow a machine is, what is not needed is found."""
    monkeypatch.setattr(measuring, "_PATIENCE", 600.0)


def wait_for_ever():
    while True:
        time.sleep(1)


def test_a_child_answers_or_says_why_not():
    print("not seen")
    assert run_forked(sorted, [3, 1], seconds=600).value == [1, 3]
    assert "ZeroDivisionError" in run_forked(divmod, 1, 0, seconds=600).error
    assert "SystemExit" in run_forked(exit, 3, seconds=600).error
    assert run_forked(os._exit, 0, seconds=600).error.startswith("it died")
    assert run_forked(wait_for_ever, seconds=0.2).error.startswith("it died")


def measure(*cells, names, files=None):
    return list(measure_notebook(Notebook("here", cells, files or {}, names)))


def test_excess_is_found_and_explained():
    (found,) = measure(
        "import threading, random\nlock = threading.Lock()\nrows = [3, 1]",
        "repr(lock)\nrows.sort()\nx = random.random()",
        "with lock:\n    y = [*rows, x]\nunused = 1",
        names=("y",),
    )
    assert (found.why, found.total, found.kept, found.minimal) == ("", 8, 7, 6)
    (excess,) = found.excess
    assert (excess.source, excess.certain) == ("repr(lock)", False)
    assert "lock" in excess.because


def test_what_a_seed_is_for_is_seen():
    cells = ("import numpy as np\nnp.random.seed(7)", "np.random.rand(2)", "x = np.random.rand(3)")
    (found,) = measure(*cells, names=("x",))
    assert (found.kept, found.minimal, found.excess) == (4, 4, ())


def test_files_of_a_notebook_are_beside_every_attempt(tmp_path):
    (found,) = measure(
        "from pathlib import Path\nPath('b.txt').write_text(Path('a.txt').read_text() + '!')",
        "text = Path('b.txt').read_text()",
        names=("text",),
        files={"a.txt": b"hello"},
    )
    assert (found.why, found.kept, found.minimal) == ("", 3, 3)


def test_what_cannot_be_measured_is_said():
    (found,) = measure("1 / 0", names=("x",))
    assert found.minimal is None
    assert "UnknownNameError" in found.why
    (found,) = measure("import time\nx = time.time()", names=("x",))
    assert found.minimal is None
    assert found.why.endswith(": x")


def test_any_notebook_can_be_measured(tmp_path):
    import nbformat

    cells = [
        nbformat.v4.new_code_cell("import numpy as np\na = np.ones(3)\nb = 2"),
        nbformat.v4.new_markdown_cell("#"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "nb.ipynb")
    (found,) = measure_notebook(read_notebook(tmp_path / "nb.ipynb"))
    assert (found.name, found.total, found.kept, found.minimal) == ("a", 3, 2, 2)


def test_the_table_holds_the_worst_first(tmp_path):
    found = [
        Measured("n", "a", 9, 4, 4),
        Measured("n", "b", 9, 6, 4),
        Measured("m", "c", 1, 0, None, why="no"),
    ]
    write_table(tmp_path / "t.md", found)
    text = (tmp_path / "t.md").read_text()
    assert summarise(found) in text
    assert "2 objects of 1 notebooks: median 1.25x, mean 1.25x, worst 1.50x" in text
    assert text.index("`b`") < text.index("`a`")
    assert "m `c`: no" in text
