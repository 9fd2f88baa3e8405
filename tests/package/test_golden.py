"""Made-up rows show nobody's number: none that fewer than ten rows of the table have."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from nbmlops.package.cutting.golden import make_rows
from nbmlops.values.profile import make_fields, profile_frame


@pytest.mark.parametrize("rows", [12, 60, 199, 3000])
@pytest.mark.parametrize("seed", range(3))
def test_no_rare_number_is_shown(rows, seed):
    chance = np.random.default_rng(seed)
    pay = np.round(chance.lognormal(10, 1, rows), 2)
    pay[: rows // 6] = 98765.43  # several of a small table, and more than ten of a large one
    frame = pd.DataFrame({"pay": pay, "name": [f"n{at % 7}" for at in range(rows)]})
    made = make_rows(make_fields(frame), profile_frame(frame), 200)
    rare = {value for value, count in Counter(frame["pay"]).items() if count < 10}
    assert not rare & {row["pay"] for row in made}
    names = Counter(frame["name"])
    assert all(names[row["name"]] >= 10 or row["name"] == "made up" for row in made if row["name"])
