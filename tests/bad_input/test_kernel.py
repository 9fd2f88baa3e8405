"""The same mistakes in a notebook: a styled message, no traceback, and commands as a cell takes them."""

from __future__ import annotations

import os
import shutil
import sqlite3

import pytest

from tests.faces.live_kernel import LiveKernel
from tests.faces.sweeping import wait_until

FIT = """\
from sklearn.linear_model import LogisticRegression
rows = [[0], [1], [2], [3]]
model = LogisticRegression().fit(rows, [0, 0, 1, 1])
unfitted = LogisticRegression()
"""
REFUSED = {
    "slice modl": ("'modl'", "'model'", "`%nbmlops history`"),
    "slice print": ("Python's own",),
    "why 'a": ("cannot be read", "quotation"),
    "modles": ("'models'", "`%nbmlops --help`"),
    "export model": ("DIR", "`%nbmlops export --help`"),
    "export model .": ("not an export of this store",),
    "register rows --as m": ("'rows'", "'list'", "`%nbmlops export rows DIR`"),
    "register unfitted --as m": ("not fitted",),
    "register missing --as m": ("No recorded statement", "'missing'"),
    "register model --as ../m": ("'../m' cannot be",),
    "approve m 1": ("'m'", "`%nbmlops register NAME --as m`"),
    "run nowhere.ipynb": ("'nowhere.ipynb'",),
    "runs --store /nowhere/s.db": ("'/nowhere/s.db'", "`%nbmlops run NOTEBOOK`"),
}


def start_kernel(folder, store=None):
    environment = {**os.environ, "NBMLOPS_STORE": str(store or folder / ".nbmlops" / "store.db")}
    return LiveKernel(folder, environment)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    started = start_kernel(tmp_path_factory.mktemp("kernel ü"))
    for cell in ("%load_ext nbmlops", FIT):
        assert started.run(cell).status == "ok"
    yield started
    started.stop()


@pytest.mark.parametrize("line", REFUSED)
def test_a_magic_shows_its_message_alone(kernel, line):
    reply = kernel.run(f"%nbmlops {line}")
    assert reply.status == "error"
    first, *rest = reply.traceback.splitlines()
    assert first.startswith("\x1b[31mnbmlops\x1b[0m: ")
    assert len(rest) == 1
    assert "Traceback" not in reply.traceback
    for part in REFUSED[line]:
        assert part in reply.traceback
    assert "`nbmlops " not in reply.traceback
    assert reply.warned == ""


def test_the_panel_says_it_in_its_status_line(kernel):
    kernel.run("from nbmlops.faces.panel.opening import make_view\nview = make_view(globals())")
    kernel.run("view.dispatch('open', {'screen': 'models'})")
    kernel.run("view.dispatch('register', {'name': 'model', 'model': '../m'})")
    wait_until(lambda: kernel.ask("view.show()['working']") == "False")
    said = kernel.ask("view.show()['status']")
    assert "cannot be the name of a model" in said
    assert "Traceback" not in said
    kernel.run("view.dispatch('confirm', {'word': ''})")
    assert "not asked for here" in kernel.ask("view.show()['status']")
    kernel.run("view.dispatch('forget', {})")
    assert "This screen has no" in kernel.ask("view.show()['status']['text']")
    shown = kernel.run("%nbmlops").shown
    assert "`%nbmlops" in shown[-1]["text/plain"]


def test_a_cell_goes_on_after_a_refused_load(tmp_path):
    (tmp_path / "letter.db").write_text("Dear aunt, this is no database.")
    connection = sqlite3.connect(tmp_path / "foreign.db")
    connection.execute("create table letters (text)")
    connection.close()
    content = (tmp_path / "foreign.db").read_bytes()
    kernel = start_kernel(tmp_path, tmp_path / "letter.db")
    try:
        reply = kernel.run("%load_ext nbmlops")
        assert reply.status == "error"
        assert "is not an SQLite file" in reply.traceback
        assert len(reply.traceback.splitlines()) == 2
        kernel.run(f"import os; os.environ['NBMLOPS_STORE'] = {str(tmp_path / 'foreign.db')!r}")
        assert "another program" in kernel.run("%load_ext nbmlops").traceback
        assert kernel.run("6 * 7").result == "42"
    finally:
        kernel.stop()
    assert (tmp_path / "letter.db").read_text() == "Dear aunt, this is no database."
    assert (tmp_path / "foreign.db").read_bytes() == content


def test_a_store_that_is_removed_or_spoiled_harms_no_cell(tmp_path):
    kernel = start_kernel(tmp_path)
    try:
        kernel.run("%load_ext nbmlops")
        assert kernel.run("a = 1").status == "ok"
        shutil.rmtree(tmp_path / ".nbmlops")
        assert kernel.run("b = a + 1\nb").result == "2"
        panel = kernel.run("%nbmlops").shown[0]["text/plain"]
        assert "was removed" in " ".join(panel.split())
        doctor = kernel.run("%nbmlops doctor").shown[-1]["text/plain"]
        assert " ".join(doctor.split()).count("was removed") == 1
        assert "all is well" not in doctor
    finally:
        kernel.stop()
