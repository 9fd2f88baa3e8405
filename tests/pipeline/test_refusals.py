"""What has no plain form is refused by name, and never exported as something else."""

from __future__ import annotations

import pytest

from nbmlops.errors import ExportError
from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.slicing.cutting import cut_slice
from tests.capture.recorded_shell import record_cells


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["3 + 4", "y = _ * 2"], "reads `_`, which is what IPython remembers"),
        (["3 + 4", "y = Out[1]"], "IPython remembers"),
        (["y = %timeit -o -q -n1 -r1 1"], "no form outside IPython"),
        (
            ["get_ipython().register_magic_function(lambda line: 3, magic_name='three')", "y = %three"],
            "no form outside IPython",
        ),
        (["y = []", "%timeit -n1 -r1 y.append(1)"], "`%timeit -n1 -r1 y.append(1)` has no form"),
        (["y = []", "%%timeit -n1 -r1\ny.append(1)"], "no form outside IPython"),
        (["x = 1", "if x:\n    y = %who_ls"], "no form outside IPython"),
        (
            ["y = []", "for i in range(9):\n    y.append(i)\n    if i == 4: raise KeyboardInterrupt"],
            "Cell 2 cannot be exported: it was interrupted when it may have changed 'i', 'y'",
        ),
        (["y = never_made if False else 1", "y = later"], "later"),
    ],
)
def test_export_says_what_stands_in_the_way(cells, said):
    history, _, namespace = record_cells(cells)
    if "y" not in namespace:
        pytest.skip("this machine lacks what the cell calls")
    try:
        plan = cut_pipeline(cut_slice(history, "y"), history)
    except ExportError as error:
        assert said in str(error)
        assert "get_ipython" not in str(error) or "get_ipython" in "".join(cells)  # only as it was typed
    else:
        assert said == "later"  # a cell that raised bound nothing: the value is that of the one before
        assert len(plan.parts) == 1


@pytest.mark.parametrize(
    "cells",
    [
        ["%matplotlib inline", "y = 1"],
        ["y = [1]", "%timeit -n1 -r1 len(y)", "y.append(2)"],
        ["y = [1]\n%time y.append(2)"],
        ["%config InlineBackend.figure_format = 'svg'", "y = 2"],
        ["%env CASE_REFUSAL=7", "import os\ny = os.environ['CASE_REFUSAL']"],
    ],
)
def test_magics_that_change_nothing_are_in_nobodys_way(cells):
    history, _, _ = record_cells(cells)
    plan = cut_pipeline(cut_slice(history, "y"), history)
    assert all("get_ipython" not in part.code for part in plan.parts)
