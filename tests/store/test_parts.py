"""Parts: values are kept as their columns, once, and damage in one of them leaves the others whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbmlops.core.value import SavedValue
from nbmlops.errors import StoreError
from nbmlops.store.failures import StoreFullError
from nbmlops.store.opening import open_store
from nbmlops.values.codec import load_value, save_pieces
from nbmlops.values.layout import read_layout

ROWS = 20_000
RNG = np.random.default_rng(1)


def make_frame():
    return pd.DataFrame(
        {f"x{at}": RNG.normal(size=ROWS) for at in range(6)} | {"w": RNG.choice(["a", "b"], ROWS)}
    )


def keep(store, value):
    codec, pieces = save_pieces(value)
    before = store.contents.used()
    digest = store.contents.put(pieces)
    assert load_value(codec, store.contents.get(digest)).equals(value)
    return digest, store.contents.used() - before


def test_a_frame_is_kept_once(store):
    frame = make_frame()
    digest, first = keep(store, frame)
    assert keep(store, frame.copy()) == (digest, 0)
    other, cost = keep(store, frame.assign(x2=RNG.normal(size=ROWS)))
    assert other != digest
    assert 8 * ROWS <= cost < 8 * ROWS + 0.1 * first
    assert store.check() == ()


def test_columns_of_a_matrix_are_kept_once(store):
    matrix = RNG.normal(size=(ROWS, 6))
    codec, pieces = save_pieces(matrix)
    digest = store.contents.put(pieces)
    used = store.contents.used()
    assert (load_value(codec, store.contents.get(digest)) == matrix).all()
    matrix[:, 2] = RNG.normal(size=ROWS)
    codec, pieces = save_pieces(matrix)
    assert (load_value(codec, store.contents.get(store.contents.put(pieces))) == matrix).all()
    assert store.contents.used() - used < 2 * 8 * ROWS
    assert store.check() == ()


def test_layout_is_kept_with_a_table(store):
    frame = make_frame()
    digest, _ = keep(store, frame)
    read = read_layout(store.contents.get(digest), store.tables.layout(digest))
    assert read["x1"].equals(frame["x1"])
    assert store.tables.profile(digest) is None


def test_flipped_byte_costs_one_value(path):
    with open_store(path) as store:
        one, other = make_frame(), make_frame()
        damaged, _ = keep(store, one)
        whole, _ = keep(store, other)
        row = store.database.row("select id, packed from chunks where size > 50000 limit 1")
        flipped = row[1][:100] + bytes([row[1][100] ^ 1]) + row[1][101:]
        store.database.write("update chunks set packed = ? where id = ?", (flipped, row[0]))
    with open_store(path) as store:
        with pytest.raises(StoreError, match=f"'{damaged}'.*damaged"):
            store.contents.get(damaged)
        assert len(store.contents.get(whole)) > 8 * ROWS
        assert any(damaged in line for line in store.check())


def test_damage_names_the_value(store, make_history):
    store.histories.begin(make_history())
    codec, pieces = save_pieces(make_frame())
    store.histories.save_values(
        make_history().id, 3, [(SavedValue("df", "frame", None, None, codec), pieces)]
    )
    store.database.write("update chunks set packed = x'00', raw = 1 where id = 2")
    found = store.check()
    assert found
    assert any(f"'df@3' of history {make_history().id}" in line for line in found)


def test_a_value_that_changes_meanwhile_is_refused(store):
    frame = make_frame()
    _, pieces = save_pieces(frame)
    assert pieces.digest
    frame.iloc[5, 0] = 7.0
    with pytest.raises(StoreError, match="another thread changed it"):
        store.contents.put(pieces)
    assert store.contents.used() == store.contents.used()
    assert store.check() == ()


def test_force_overrules_the_caps(path, make_history):
    with open_store(path, value_cap=1000) as store:
        store.histories.begin(make_history())
        codec, pieces = save_pieces(make_frame())
        with pytest.raises(StoreFullError, match="--force"):
            store.contents.put(pieces)
        saved = SavedValue("df", "frame", None, pieces.digest, codec)
        (kept,) = store.histories.save_values(make_history().id, 1, [(saved, pieces)])
        assert kept.content is None
        assert "was not kept" in kept.note
        (kept,) = store.histories.save_values(make_history().id, 1, [(saved, pieces)], force=True)
        assert kept.content == pieces.digest
        assert store.histories.saved_versions(make_history().id, "df") == ((1, kept),)
