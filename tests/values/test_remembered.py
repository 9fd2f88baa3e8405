"""Long arrays of text are known again by their addresses, and never wrongly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbmlops.values.fingerprint import portray


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
