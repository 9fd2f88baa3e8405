"""Each statement is answered as the notebook did, in any company of rows, or refused by its name."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from nbmlops.errors import PackageError
from tests.package.rows.answered import ANSWERED
from tests.package.rows.refused import REFUSED
from tests.package.rows.truth import cut_statements, find_differences, make_table

QUICK = {
    "group_apply_fill",
    "factorize",
    "sort_head",
    "query_local",
    "dropna_inplace",
    "iterrows",
    "merge_agg",
}
QUICK |= {"rank", "sk_scale_fn", "branch_never_taken"}
DONE_QUICKLY = [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in ANSWERED]
REFUSED_QUICKLY = [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in REFUSED]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table that the statements work on."""
    path = tmp_path_factory.mktemp("statements") / "data.csv"
    make_table(path)
    return path


@pytest.mark.parametrize("name", DONE_QUICKLY)
def test_statement_is_answered_as_in_the_notebook(name: str, data: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook's own
        answering = cut_statements(ANSWERED[name], data, tmp_path)
        assert list(find_differences(answering, 60)) == []


@pytest.mark.parametrize("name", REFUSED_QUICKLY)
def test_statement_is_refused_by_its_name(name: str, data: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(PackageError) as refused:
            cut_statements(REFUSED[name], data, tmp_path)
    statements = [part for piece in REFUSED[name].split("# --") for part in (piece, *piece.splitlines())]
    assert any(f"'{' '.join(each.split())}'" in refused.value.what for each in statements), refused.value.what
