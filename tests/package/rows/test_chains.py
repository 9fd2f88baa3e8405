"""Random chains of statements on random tables: refused, or answered as the notebook did, in any company."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbmlops.errors import PackageError
from tests.package.rows.truth import NotebookError, cut_statements, find_differences, make_table

LINKS = (
    'df["income"] = df["income"].fillna(df["income"].median())',
    'df["income"] = df["income"].fillna(df.groupby("plan")["income"].transform("mean"))',
    'df["income"] = df.groupby("plan")["income"].transform(lambda s: s.fillna(s.min()))',
    'df["income"] = df["income"].clip(df["income"].quantile(0.1), df["income"].quantile(0.9))',
    'df["income"] = (df["income"] - df["income"].mean()) / df["income"].std()',
    'df["income"] = np.where(df["income"] > df["income"].quantile(0.99), df["income"].max(), df["income"])',
    'df["income"] = np.where(df["age"] > df["age"].quantile(0.99), df["income"].shift(1), df["income"])',
    'df.loc[df["age"] > df["age"].mean(), "income"] = 0.0',
    'df["age"] = pd.factorize(df["city"])[0] + df["age"]',
    'df["age"] = df["age"] - df.groupby("city")["age"].transform("count").fillna(0)',
    'df["age"] = pd.qcut(df["age"], 5, labels=False, duplicates="drop")',
    'df["city"] = df["city"].fillna(df["city"].mode()[0]).str.upper()',
    'df["city"] = df["city"].where(df["city"].map(df["city"].value_counts()) > 60, "other")',
    'df["income"] = df["income"].ffill()',
    'df["income"] = df["income"].rank(pct=True)',
    'df = df[df["age"] > df["age"].quantile(0.2)]',
    'df = df.query("income < 90 or income != income")',
    'df = df.dropna(subset=["income"])',
    'df.dropna(subset=["city"], inplace=True)',
    'df = df.drop_duplicates(subset=["age", "plan", "income"])',
    'df = df.sort_values("income")',
    'df = df.sort_values(["plan", "age"], kind="stable")',
    "df = df.reset_index(drop=True)",
    "df = df.sample(frac=0.8, random_state=4)",
    "df = df.head(180)",
    'df = df.merge(df.groupby("plan", as_index=False)["age"].max(), on="plan", suffixes=("", "_top"))',
    'for c in ["age", "income"]:\n    df[c] = df[c] / df[c].abs().max()',
    'df = df.assign(age=lambda d: d["age"] + d["age"].min())',
)
LAST = 'df["n"] = df["income"] * 2 + df["city"].map(df["city"].value_counts()).fillna(0)'


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(st.sampled_from(LINKS), min_size=1, max_size=4), st.integers(0, 50), st.booleans())
def test_no_chain_is_answered_otherwise(links: list[str], seed: int, ordered: bool) -> None:
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(name)
        frame = make_table(folder / "data.csv", 300, seed)
        if ordered:
            frame.sort_values("income").to_csv(folder / "data.csv", index=False)
        try:
            answering = cut_statements("\n# --\n".join([*links, LAST]), folder / "data.csv", folder)
        except (PackageError, NotebookError):
            return
        assert list(find_differences(answering, 40)) == []
