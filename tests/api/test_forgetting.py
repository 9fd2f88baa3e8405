"""Forgetting: afterwards the bytes are in no file of the store, and what rested on them is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbmlops.api.executing import run_notebook
from nbmlops.api.housekeeping import backup_store, collect_unneeded, forget_content
from nbmlops.api.snapshots import diff_snapshots, restore_snapshot
from nbmlops.core.history import Environment, History
from nbmlops.core.value import SavedValue
from nbmlops.errors import NbmlopsError, UnknownNameError
from nbmlops.store.forgetting import Forgetting
from nbmlops.store.opening import open_store
from nbmlops.values.codec import save_pieces
from tests.api.test_verbs import write_notebook

RNG = np.random.default_rng(3)
SECRET = b"patient 4711 has it"
CELLS = (
    "import pandas as pd",
    "people = pd.read_csv('people.csv')",
    "grown = people[people.age > 20].reset_index(drop=True)",
    "total = int(grown.age.sum())",
)


@pytest.fixture
def store(tmp_path):
    path = tmp_path / ".nbmlops" / "store.db"
    rows = "".join(f"{n % 90},{SECRET.decode()} {n}\n" for n in range(300))
    (tmp_path / "people.csv").write_text("age,diagnosis\n" + rows)
    run_notebook(write_notebook(tmp_path / "a.ipynb", *CELLS), store=path)
    return path


def read_chunks(path):
    """Return the packed bytes of every chunk."""
    with open_store(path) as store:
        return {packed for (packed,) in store.database.rows("select packed from chunks")}


def find_on_disk(path, chunks):
    """Return those of some packed bytes that stand in any file of a store."""
    content = b"".join(file.read_bytes() for file in path.parent.glob("store.db*"))
    return [chunk for chunk in chunks if len(chunk) > 30 and chunk[10:60] in content]


def test_a_value_is_gone_from_the_disk(path, make_frames):
    with open_store(path) as store:
        keep(store, "df", 2, make_frames[1])
        before = read_chunks(path)
        keep(store, "df", 1, make_frames[0])
        own = read_chunks(path) - before
        assert find_on_disk(path, own)
        found = forget_content("df@1", store=path)
        assert found.contents >= 1
        assert find_on_disk(path, own) == []
        assert store.check() == ()
    with pytest.raises(UnknownNameError):
        restore_snapshot("df@1", store=path)
    restore_snapshot("df@2", output=path.parent / "two.pkl", store=path)
    with open_store(path) as store:
        assert [what for what, _ in Forgetting(store.database).list_tombstones()] == ["'df@1' of history h"]


def test_a_copy_made_later_holds_nothing(path, make_frames):
    with open_store(path) as store:
        before = read_chunks(path)
        keep(store, "df", 1, make_frames[0])
        own = read_chunks(path) - before
    forget_content("df", store=path)
    backup_store(path.parent / "store.db-copy", store=path)
    assert find_on_disk(path, own) == []


def test_shared_columns_are_named(path, make_frames):
    with open_store(path) as store:
        keep(store, "df", 1, make_frames[0])
        keep(store, "other", 1, make_frames[0].assign(x0=1.0))
    found = forget_content("df", store=path)
    assert any("'other@1" in note or "other@1" in note for note in found.notes)


def test_a_column_is_gone_from_tables_and_files(store, tmp_path):
    chunks = [chunk for chunk in read_chunks(store) if SECRET in unpack(store, chunk)]
    assert chunks
    found = forget_content("column:diagnosis", store=store)
    assert found.contents >= 3
    assert find_on_disk(store, chunks) == []
    assert [c for c in read_chunks(store) if SECRET in unpack(store, c)] == []
    for name in ("people", "grown", "people.csv"):
        with pytest.raises(UnknownNameError):
            restore_snapshot(name, output=tmp_path / "out", store=store)
    restore_snapshot("total", output=tmp_path / "total.pkl", store=store)
    with open_store(store) as opened:
        assert opened.check() == ()
    assert collect_unneeded(store=store).contents == 0


def test_a_history_is_gone(store):
    with open_store(store) as opened:
        history = opened.histories.resolve("last")
    found = forget_content(history, store=store)
    assert found.records >= 4
    content = b"".join(file.read_bytes() for file in store.parent.glob("store.db*"))
    assert b"read_csv" not in content
    assert b"people" not in content.replace(b"people.csv", b"") or b"people." not in content
    with open_store(store) as opened:
        assert opened.check() == ()
        assert opened.histories.saved_versions(history, "grown")[0][1].content is None


def test_what_is_unknown_is_told(store):
    for what in ("nothing", "nothing@3", "20200101-000000-aaaaaa"):
        with pytest.raises(NbmlopsError):
            forget_content(what, store=store)


def test_forgotten_differs_from_nothing(path, make_frames):
    with open_store(path) as store:
        keep(store, "df", 1, make_frames[0])
        keep(store, "df", 2, make_frames[1])
    forget_content("df@1", store=path)
    with pytest.raises(UnknownNameError, match="df@2"):
        diff_snapshots("df@1", "df@2", store=path)


@pytest.fixture
def path(tmp_path):
    place = tmp_path / ".nbmlops" / "store.db"
    with open_store(place) as store:
        store.histories.begin(History("h", None, "/", "2026", Environment("", "")))
        for number in (1, 2):
            store.database.write("insert into bindings values ('df', 'h', ?)", (number,))
    return place


@pytest.fixture
def make_frames():
    frames = [pd.DataFrame({f"x{at}": RNG.normal(size=20_000) for at in range(3)}) for _ in range(2)]
    return [frame.assign(w=[f"word {n}" for n in RNG.integers(0, 10**6, len(frame))]) for frame in frames]


def keep(store, name, number, value):
    codec, pieces = save_pieces(value)
    saved = SavedValue(name, "frame", "d" * 64, None, codec)
    store.histories.save_values("h", number, [(saved, pieces)])


def unpack(path, packed):
    import zstandard

    try:
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError:
        return packed
