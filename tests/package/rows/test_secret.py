"""What statements learn on the way tells no row and no person's text, in whatever container it is kept."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nbmlops.errors import PackageError
from nbmlops.package.cutting.keys import list_keys
from nbmlops.package.cutting.plainly import write_plain
from nbmlops.package.runtime.plain import read_plain
from tests.package.rows.truth import Answering, cut_statements, make_table

KEEPING = {
    "imputer": (
        "from sklearn.impute import KNNImputer\n# --\n"
        'df[["age", "income"]] = KNNImputer().fit_transform(df[["age", "income"]])\n'
        '# --\ndf["n"] = df["income"]'
    ),
    "imputer with a name": (
        "from sklearn.impute import KNNImputer\n# --\nimputer = KNNImputer(n_neighbors=3)\n"
        "imputer.fit(df[['income']])\n"
        '# --\ndf["n"] = imputer.transform(df[["income"]])[:, 0]'
    ),
    "quantiles": 'df["n"] = QuantileTransformer(n_quantiles=50).fit_transform(df[["age"]])[:, 0]',
}
FREE = {
    "scaler": 'df["n"] = StandardScaler().fit_transform(df[["age"]])[:, 0]',
    "encoders": (
        'df[["plan", "tags"]] = df[["plan", "tags"]].apply(LabelEncoder().fit_transform)\n'
        '# --\ndf["n"] = df["plan"] + df["tags"]'
    ),
}
TELLING = {
    "loop": (
        'for c in df["name"].unique()[:90]:\n    df["is_" + c] = (df["name"] == c).astype(int)\n'
        '# --\ndf["n"] = df.iloc[:, -1]'
    ),
    "array": 'known = df["name"].unique()[:90]\n# --\ndf["n"] = df["name"].isin(known).astype(int)',
    "group": 'df["n"] = df.groupby("name", dropna=False)["age"].transform("mean")',
}


def list_some(cases: dict[str, str]) -> list[Any]:
    """Return the names of cases: the last one is quick."""
    *others, last = cases
    return [pytest.param(name, marks=pytest.mark.slow) for name in others] + [last]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table with a name for each two of its rows."""
    path = tmp_path_factory.mktemp("secret") / "data.csv"
    frame = make_table(path)
    frame["name"] = [f"Quillon{n // 2:03d} Zwart{n // 2:03d}" for n in range(len(frame))]
    frame.to_csv(path, index=False)
    return path


def cut_quietly(code: str, data: Path, folder: Path) -> Answering:
    """Cut a row function without the notebook's own warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cut_statements(code, data, folder)


@pytest.mark.parametrize("name", list_some(KEEPING))
def test_estimators_on_the_way_that_keep_rows_are_found(name: str, data: Path, tmp_path: Path) -> None:
    assert cut_quietly(KEEPING[name], data, tmp_path).cut.keeps_rows


@pytest.mark.parametrize("name", list_some(FREE))
def test_estimators_on_the_way_that_keep_none_are_free(name: str, data: Path, tmp_path: Path) -> None:
    assert not cut_quietly(FREE[name], data, tmp_path).cut.keeps_rows


@pytest.mark.parametrize("name", list_some(TELLING))
def test_names_of_persons_are_not_told(name: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"fewer than 10 rows"):
        cut_quietly(TELLING[name], data, tmp_path)


def test_encoders_of_names_tell_them(data: Path, tmp_path: Path) -> None:
    both = 'df[["name", "plan"]]'
    code = f'{both} = {both}.apply(LabelEncoder().fit_transform)\n# --\ndf["n"] = df["name"]'
    with pytest.raises(PackageError, match=r"fewer than 10 rows"):
        cut_quietly(code, data, tmp_path)


def test_keys_in_arrays_of_pandas_are_listed() -> None:
    numbers = pd.array([3, None, 5], dtype="Int64")
    assert list(list_keys(numbers)) == [[3, 5]]
    assert list(list_keys(pd.Categorical([7, 9]))) == [[7, 9]]
    assert list(list_keys({"known": numbers})) == [[3, 5]]


@pytest.mark.parametrize("dtype", [pd.StringDtype("python", na_value=float("nan")), pd.StringDtype("python")])
def test_texts_in_arrays_of_pandas_keep_their_dtype(dtype: pd.StringDtype) -> None:
    known = pd.array(["a", None, "b"], dtype=dtype)
    read = read_plain(json.loads(json.dumps(write_plain(known))))
    assert type(read) is type(known)
    assert read.dtype == dtype
    assert pd.Series(read).equals(pd.Series(known))
