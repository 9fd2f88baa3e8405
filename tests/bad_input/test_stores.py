"""Files in the place of the store, and stores in odd places."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from tests.bad_input.desk import Desk, photograph


def write_letter(path):
    path.write_text("Dear aunt, this is no database at all. " * 50)


def write_foreign(path):
    connection = sqlite3.connect(path)
    connection.execute("create table letters (text)")
    connection.commit()
    connection.close()


def change_store(path, source, statement):
    shutil.copyfile(source, path)
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


SPOILED = {
    "letter": ("is not an SQLite file", lambda path, _: write_letter(path)),
    "foreign": ("another program", lambda path, _: write_foreign(path)),
    "empty": ("no store at", lambda path, _: path.touch()),
    "folder": ("is a directory", lambda path, _: path.mkdir()),
    "newer": ("newer nbmlops", lambda path, source: change_store(path, source, "pragma user_version = 999")),
    "newest": (
        "newer nbmlops",
        lambda path, source: change_store(
            path, source, "insert into _sqlite_migrations values (99, 'nbmlops', 'm999_later', '')"
        ),
    ),
    "cut off": ("is damaged", lambda path, source: path.write_bytes(source.read_bytes()[:20_000])),
}
VERBS = ["history", "runs", "models", "doctor", "slice model", "export model out", "approve income 1"]


@pytest.mark.parametrize("kind", SPOILED)
def test_what_is_no_store_is_left_as_it_is(stocked, tmp_path, kind):
    told, spoil = SPOILED[kind]
    path = tmp_path / "store.db"
    spoil(path, stocked.store)
    if path.is_file():
        path.chmod(0o640)
    before, mode = photograph(tmp_path), path.stat().st_mode
    desk = Desk(tmp_path / "desk", path)
    desk.write_notebook("nb.ipynb", ["a = 1"])
    verbs = VERBS if kind == "empty" else [*VERBS, "run nb.ipynb"]
    for verb in verbs:
        desk.type(*verb.split()).refuses(told, str(path))
    after = {name: content for name, content in photograph(tmp_path).items() if not name.startswith("desk/")}
    assert after == before
    if kind in ("letter", "foreign"):
        assert path.stat().st_mode == mode
    assert [p.name for p in (tmp_path / "desk").iterdir()] == ["nb.ipynb"]


@pytest.mark.parametrize(
    ("place", "told"),
    [("none/store.db", "There is no store"), ("x" * 300 + ".db", "File name too long")],
    ids=["absent", "long"],
)
def test_a_place_where_no_store_can_be(tmp_path, place, told):
    Desk(tmp_path).type("runs", "--store", place).refuses(told)
    Desk(tmp_path).type("slice", "a", "--store", place).refuses(told)
    assert not any(tmp_path.iterdir())


def test_a_file_where_the_stores_folder_should_be(tmp_path):
    desk = Desk(tmp_path)
    desk.write_notebook("nb.ipynb", ["a = 1"])
    (tmp_path / ".nbmlops").write_text("in the way")
    desk.type("run", "nb.ipynb").refuses(".nbmlops/store.db", "cannot be made or opened", "NBMLOPS_STORE")
    assert (tmp_path / ".nbmlops").read_text() == "in the way"


def test_a_store_with_an_odd_path_serves(stocked, tmp_path):
    place = tmp_path / ("long " * 40).strip() / "ünï'\"?#%20 & co" / "the store.db"
    place.parent.mkdir(parents=True)
    shutil.copyfile(stocked.store, place)
    desk = Desk(tmp_path, place)
    for verb in ("history", "runs", "models", "slice model"):
        assert desk.type(*verb.split()).code == 0
    assert desk.type("export", "model", "out", "--no-prove").code == 0
