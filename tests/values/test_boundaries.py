"""Boundaries: chunks are the bytes in their order, and neither too short nor too long."""

from __future__ import annotations

import numpy as np
import pytest

from nbmlops.values.boundaries import CHUNK, FIXED, LINES, cut_bytes

RNG = np.random.default_rng(0)
BYTES = {
    "random": RNG.bytes(3_000_001),
    "zeros": bytes(3_000_000),
    "counting": np.arange(500_000, dtype="<i8").tobytes(),
    "flags": RNG.integers(0, 2, 3_000_000).astype("i1").tobytes(),
    "text": b"".join(b"%d,some text\n" % n for n in RNG.integers(0, 10**9, 150_000)),
    "one line": b"x" * 3_000_000,
    "short": b"abc\n" * 5,
    "nothing": b"",
}


@pytest.mark.parametrize("width", [FIXED, LINES, 1, 2, 4, 8])
@pytest.mark.parametrize("name", BYTES)
def test_chunks_are_the_bytes(name, width):
    chunks = [bytes(chunk) for chunk in cut_bytes(memoryview(BYTES[name]), width)]
    assert b"".join(chunks) == BYTES[name]
    assert all(0 < len(chunk) <= 4 * CHUNK for chunk in chunks)


def test_cuts_stand_where_the_rows_are():
    data = BYTES["random"][:3_000_000]
    cuts = {bytes(chunk) for chunk in cut_bytes(memoryview(data), 8)}
    moved = {bytes(chunk) for chunk in cut_bytes(memoryview(data[800:]), 8)}
    assert len(cuts - moved) <= 10


def test_lines_are_cut_at_their_ends():
    chunks = [bytes(chunk) for chunk in cut_bytes(memoryview(BYTES["text"]), LINES)]
    assert sum(chunk.endswith(b"\n") for chunk in chunks) >= len(BYTES["text"]) // (4 * CHUNK)
