"""Notebooks as people write them are cut right, or refused with the statement named."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from nbmlops.errors import PackageError
from nbmlops.package.cutting.bits import first_difference
from nbmlops.package.cutting.cutter import Cutter
from nbmlops.package.rowcut import RowCut
from tests.package.rows.truth import make_table

from .conftest import make_pieces, run_pieces
from .cut_styles import CUT
from .refused_styles import REFUSED
from .style_parts import HEAD, READ_IN_FUNCTION, TAIL

NEIGHBOURS = "from sklearn.neighbors import KNeighborsClassifier"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small table with numbers, categories, dates, truth values and gaps."""
    path = tmp_path_factory.mktemp("styles") / "data.csv"
    make_table(path, rows=130)
    return str(path)


def cut_code(code: str, data: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> RowCut:
    """Run a notebook and cut its row function in this very process."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.syspath_prepend(str(folder))
    pieces = make_pieces(code)
    model = run_pieces(pieces, {"data": data})["model"]
    return Cutter(pieces, "model", {"data": data}, model, folder, lambda line: None).cut()


@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("style", CUT)
def test_style_is_cut(style, data, tmp_path, monkeypatch):
    code, part = CUT[style]
    cut = cut_code(HEAD + "# --\n" + code.strip("\n") + TAIL, data, tmp_path, monkeypatch)
    assert part in cut.source
    assert cut.verified.rows == 130
    assert cut.verified.singles == 130
    assert cut.has_target
    assert data not in cut.source


def test_read_in_a_function_is_cut(data, tmp_path, monkeypatch):
    cut = cut_code(READ_IN_FUNCTION.strip("\n"), data, tmp_path, monkeypatch)
    assert "        df = rows.copy()\n" in cut.source
    assert [c.rows for c in cut.cleaning] == [cut.verified.dropped]
    assert cut.parameter == "data"


@pytest.mark.parametrize("style", REFUSED)
def test_style_is_refused_by_its_statement(style, data, tmp_path, monkeypatch):
    code, named = REFUSED[style]
    with pytest.raises(PackageError) as refused:
        cut_code(HEAD + "# --\n" + code.strip("\n") + TAIL, data, tmp_path, monkeypatch)
    assert named in refused.value.what
    assert "cannot become part of a function of one row" in refused.value.what


def test_rare_text_in_a_constant_is_refused(data, tmp_path, monkeypatch):
    code = (
        'counts = df["when"].str[:10].value_counts().head(40)\n# --\n'
        'df["many"] = df["when"].map(counts).fillna(0)\nX = df[["age", "many"]]\ny = df["churn"]'
    )
    with pytest.raises(PackageError, match="fewer than 10 rows"):
        cut_code(HEAD + "# --\n" + code + TAIL, data, tmp_path, monkeypatch)


def test_estimator_that_keeps_rows_is_told(data, tmp_path, monkeypatch):
    code = HEAD + '# --\nX = df[["age", "churn"]] * 1.5\ny = df["churn"]' + TAIL
    code = code.replace("DecisionTreeClassifier(max_depth=4, random_state=0)", "KNeighborsClassifier()")
    code = code.replace("import DecisionTreeClassifier", "import DecisionTreeClassifier\n" + NEIGHBOURS)
    assert cut_code(code, data, tmp_path, monkeypatch).keeps_rows


def test_another_estimator_than_the_recipes_is_refused(data, tmp_path, monkeypatch):
    code = HEAD + '# --\nX = df[["age"]]\ny = df["churn"]' + TAIL
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.syspath_prepend(str(tmp_path))
    other = run_pieces(make_pieces(code.replace('df["churn"]', '1 - df["churn"]')), {"data": data})["model"]
    with pytest.raises(PackageError, match="differ in 'predict'"):
        Cutter(make_pieces(code), "model", {"data": data}, other, tmp_path, lambda line: None).cut()


def test_recipe_without_a_table_is_refused(data, tmp_path, monkeypatch):
    code = "x = 1\n# --\nmodel = x"
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    with pytest.raises(PackageError, match="reads a table"):
        Cutter(make_pieces(code), "model", {"data": data}, None, tmp_path, lambda line: None)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ([0.0], [-0.0], False),
        ([float("nan")], [float("nan")], True),
        ([1.0], [1.0 + 2**-52], False),
        ([1], [1.0], False),
        (["a", None], ["a", None], True),
        ([True], [1], False),
    ],
)
def test_bits_are_compared(left, right, same):
    a, b = pd.DataFrame({"x": left}), pd.DataFrame({"x": right})
    assert (first_difference(a, b) is None) == same
