"""Long arrays of text are known again by their addresses, and never wrongly."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from nbmlops.values.fingerprint import portray
from nbmlops.values.remembered import RememberedArrays


def make_cells(size: int = 5_000) -> np.ndarray:
    return np.array([f"person {i}" for i in range(size)], dtype=object)


def test_equal_content_has_one_digest_however_it_was_found() -> None:
    first, second = make_cells(), make_cells()
    known = portray(first, {}).digest
    assert portray(first, {}).digest == known == portray(second, {}).digest


@pytest.mark.parametrize("round_", range(50))
def test_new_text_at_an_old_address_is_seen(round_: int) -> None:
    cells = make_cells()
    before = portray(cells, {}).digest
    cells[7] = None
    cells[7] = f"person {round_ + 9_000}"[:11]
    assert portray(cells, {}).digest != before


def test_change_in_place_through_a_frame_is_seen() -> None:
    frame = pd.DataFrame({"text": make_cells()})
    before = portray(frame, {}).digest
    frame.loc[4_999, "text"] = "somebody else"
    assert portray(frame, {}).digest != before


def test_order_counts() -> None:
    cells = make_cells()
    before = portray(cells, {}).digest
    assert portray(cells[::-1], {}).digest != before
    assert portray(np.ascontiguousarray(cells[::-1]), {}).digest != before


def test_lists_inside_are_never_remembered() -> None:
    cells = make_cells()
    cells[0] = [1]
    before = portray(cells, {}).digest
    cells[0].append(2)
    assert portray(cells, {}).digest != before


@pytest.mark.parametrize(
    "cells",
    [
        [f"person {i}" for i in range(3_000)],
        [f"person {i % 7}" for i in range(3_000)],
        [str(i % 7) if i % 5 else None for i in range(3_000)],
        [float(i % 3) if i % 2 else 1 for i in range(3_000)],
        ["a\0b" if i % 2 else "c" for i in range(3_000)],
        [b"x" if i % 2 else "x" for i in range(3_000)],
    ],
    ids=["distinct", "few", "missing", "numbers", "nul", "bytes"],
)
def test_digest_is_of_content_not_of_objects(cells: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal cells that are other objects, and a process without pandas, come to the same digest."""
    first = np.array(cells, dtype=object)
    second = np.array(eval(repr(cells)), dtype=object)
    told = RememberedArrays().digest_cells(first)
    assert told == RememberedArrays().digest_cells(second)
    assert told != RememberedArrays().digest_cells(second[::-1])
    monkeypatch.delitem(sys.modules, "pandas")
    assert told == RememberedArrays().digest_cells(first)


def test_numbers_that_are_equal_and_not_the_same_differ() -> None:
    ones = [np.array([value] * 2_000, dtype=object) for value in (1, 1.0, True, "1", b"1", -0.0, 0.0)]
    digests = {RememberedArrays().digest_cells(cells) for cells in ones}
    assert len(digests) == len(ones)


def test_nothing_is_kept_of_an_array_that_is_gone() -> None:
    arrays = RememberedArrays()
    text = "a text that is kept by nobody else" + str(np.random.default_rng().integers(9))
    cells = np.array([text] * 2_000, dtype=object)
    before = sys.getrefcount(text)
    arrays.digest_cells(cells)
    assert sys.getrefcount(text) > before
    del cells
    assert sys.getrefcount(text) == before - 2_000


def test_earlier_content_of_a_place_is_not_kept() -> None:
    arrays = RememberedArrays()
    text = "a text that is kept by nobody else" + str(np.random.default_rng().integers(9))
    cells = np.array([text] + ["other"] * 2_000, dtype=object)
    arrays.digest_cells(cells)
    cells[0] = "another"
    arrays.digest_cells(cells)
    assert sys.getrefcount(text) == 2
