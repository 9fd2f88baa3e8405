"""Contents: kept once, given back whole, refused over a cap, never given back damaged."""

from __future__ import annotations

import os

import pytest

from nbmlops.core.digest import digest_bytes
from nbmlops.errors import StoreError, UnknownNameError
from nbmlops.store.contents import show_size
from nbmlops.store.failures import StoreFullError
from nbmlops.store.opening import open_store
from nbmlops.values.boundaries import CHUNK


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17])
def test_round_trip(store, size):
    content = os.urandom(size)
    digest = store.contents.put(memoryview(content))
    assert digest == digest_bytes(content)
    assert store.contents.get(digest) == content
    assert store.contents.has(digest)
    assert store.contents.size(digest) == size


def test_equal_chunks_are_kept_once(store):
    first = os.urandom(CHUNK)
    store.contents.put(first + os.urandom(CHUNK))
    store.contents.put(first)
    store.contents.put(first * 3)
    store.contents.put(first)
    assert store.database.row("select count(*) from chunks") == (2,)
    assert store.database.row("select count(*) from contents") == (3,)


def test_text_is_compressed(store):
    before = store.contents.used()
    store.contents.put(b"age,workclass,education\n" * 100_000)
    assert store.contents.used() - before < 100_000


def test_unknown_content(store):
    assert not store.contents.has("0" * 64)
    with pytest.raises(UnknownNameError, match="holds no content '0000000000000000'"):
        store.contents.get("0" * 64)


@pytest.mark.parametrize("size", [1000, 2 * CHUNK])
def test_flipped_byte(store, size):
    digest = store.contents.put(os.urandom(size))
    packed = store.database.row("select packed from chunks where id = 1")[0]
    flipped = packed[:500] + bytes([packed[500] ^ 1]) + packed[501:]
    store.database.write("update chunks set packed = ? where id = 1", (flipped,))
    with pytest.raises(StoreError, match=f"'{digest}'.*damaged.*`nbmlops doctor`"):
        store.contents.get(digest)
    assert any(digest in line for line in store.check())


def test_lost_chunk_order(store):
    digest = store.contents.put(os.urandom(2 * CHUNK))
    store.database.write("update content_chunks set position = 5 where position = 0")
    with pytest.raises(StoreError, match="bytes have changed"):
        store.contents.get(digest)


def test_caps(path):
    with open_store(path, value_cap=1000, store_cap=10_000_000) as store:
        store.contents.put(b"x" * 1000)
        with pytest.raises(StoreFullError, match=r"1 KB was not kept: the cap of one value is 1 KB"):
            store.contents.put(b"x" * 1001)
    with open_store(path, store_cap=1000) as store:
        store.contents.put(b"x" * 1000)
        with pytest.raises(StoreFullError, match=r"its cap is 1 KB.*NBMLOPS_STORE"):
            store.contents.put(b"y")
        notes = store.contents.put_all([b"x" * 1000, b"z"])
        assert len(notes) == 1


def test_failure_keeps_nothing_of_a_transaction(store):
    with pytest.raises(KeyError), store.transaction():
        digest = store.contents.put(b"content")
        raise KeyError("in the middle")
    assert not store.contents.has(digest)


def test_durable_inside_hasty_is_refused(store):
    with pytest.raises(ValueError, match="durable"), store.transaction(), store.transaction(durable=True):
        pass
    with store.transaction(durable=True), store.transaction(), store.transaction(durable=True):
        store.contents.put(b"fine")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 KB"), (1_500_000, "1.5 MB"), (5 * 2**30, "5.37 GB")],
)
def test_show_size(size, text):
    assert show_size(size) == text
