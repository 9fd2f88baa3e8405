# ruff: noqa: B905, E501, PLC3002, RUF005 - statements as people write them
"""Statements of notebooks, each with what it makes of a row as one works it out by hand."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.holiday import USFederalHolidayCalendar

__all__ = ["BY_HAND", "DROPPED", "Hand"]

Hand = Callable[[pd.DataFrame, pd.DataFrame], list[Any]]
"""Makes `n` of each row of the second table, with statistics of the first, which the notebook read."""

DROPPED = "dropped"
nan = float("nan")


def isna(value: Any) -> bool:
    """Say whether a cell is missing."""
    return bool(pd.isna(value))


def look(table: dict[Any, Any], default: Any = nan) -> Callable[[Any], Any]:
    """Return a look-up that has the default for what is missing or not there."""
    return lambda key: default if isinstance(key, float) and isna(key) else table.get(key, default)


# fmt: off
BY_HAND: dict[str, tuple[str, Hand]] = {
    "select_median": (
        'df["n"] = np.select([df["income"].isna(), df["income"] > df["income"].median()], [-1, 1], default=0)',
        lambda t, r: [-1 if isna(v) else int(v > t.income.median()) for v in r.income],
    ),
    "cut_right_false": (
        'df["n"] = pd.cut(df["age"], [0, 25, 45, 65, 120], labels=["a", "b", "c", "d"], right=False).map({"a": 0, "b": 1, "c": 2, "d": 3}).astype(int)',
        lambda t, r: [sum(v >= e for e in (25, 45, 65)) for v in r.age],
    ),
    "extract_groups": (
        'when = df["when"].str.extract(r"(?P<y>\\d{4})-(?P<m>\\d\\d)").astype(int)\n# --\ndf["n"] = when["y"] * 12 + when["m"]',
        lambda t, r: [int(w[:4]) * 12 + int(w[5:7]) for w in r.when],
    ),
    "defaultdict": (
        'from collections import defaultdict\n# --\ncodes = defaultdict(lambda: -1, {"Rome": 1, "Oslo": 2})\n# --\ndf["n"] = df["city"].map(codes)',
        lambda t, r: [{'Rome': 1, 'Oslo': 2}.get(c, -1) for c in r.city],
    ),
    "defaultdict_learned": (
        'from collections import defaultdict\n# --\nmeans = defaultdict(lambda: -1.0, df.groupby("city")["income"].mean().to_dict())\n# --\ndf["n"] = df["city"].map(means)',
        lambda t, r: [look(t.groupby('city').income.mean().to_dict(), -1.0)(c) for c in r.city],
    ),
    "where_mask": (
        'df["n"] = df["income"].where(df["income"] < df["income"].quantile(0.9), df["income"].quantile(0.9)).mask(df["age"] > 60, 0)',
        lambda t, r: [0.0 if a > 60 else v if v < t.income.quantile(0.9) else t.income.quantile(0.9) for a, v in zip(r.age, r.income)],
    ),
    "eval_lines": (
        'df = df.eval("""half = age / 2\nn = half * 3 + income""")',
        lambda t, r: [a / 2 * 3 + i for a, i in zip(r.age, r.income)],
    ),
    "query_in": (
        'df = df.query("city in [\'Rome\', \'Oslo\'] and plan == \'basic\'")\n# --\ndf["n"] = df["age"]',
        lambda t, r: [a if c in ('Rome', 'Oslo') and p == 'basic' else DROPPED for a, c, p in zip(r.age, r.city, r.plan)],
    ),
    "assign_chain": (
        'df = df.assign(m=lambda d: d["income"].fillna(d["income"].median())).assign(n=lambda d: d["m"] / d["m"].max())',
        lambda t, r: [(t.income.median() if isna(v) else v) / t.income.fillna(t.income.median()).max() for v in r.income],
    ),
    "assign_two": (
        'df = df.assign(m=lambda d: d["income"].fillna(d["income"].median()), n=lambda d: d["m"] / d["m"].max())',
        lambda t, r: [(t.income.median() if isna(v) else v) / t.income.fillna(t.income.median()).max() for v in r.income],
    ),
    "pivot_joined": (
        'p = df.pivot_table(index="city", columns="plan", values="income", aggfunc="mean")\n# --\ndf = df.join(p, on="city")\n# --\ndf["n"] = df["basic"]',
        lambda t, r: [look(t[t.plan == 'basic'].groupby('city').income.mean().to_dict())(c) for c in r.city],
    ),
    "group_nunique": (
        'df["n"] = df.groupby("city")["age"].transform("nunique")',
        lambda t, r: [look(t.groupby('city').age.nunique().to_dict())(c) for c in r.city],
    ),
    "map_nunique": (
        'df["n"] = df["city"].map(df.groupby("city")["age"].nunique())',
        lambda t, r: [look(t.groupby('city').age.nunique().to_dict())(c) for c in r.city],
    ),
    "qcut_codes": (
        'df["n"] = pd.qcut(df["age"], 5).cat.codes',
        lambda t, r: [-1 if not e[0] <= a <= e[-1] else max(0, int(np.searchsorted(e[1:], a))) for e in [np.quantile(t.age, [0, 0.2, 0.4, 0.6, 0.8, 1])] for a in r.age],
    ),
    "qcut_labels": (
        'df["n"] = (pd.qcut(df["income"], 3, labels=["lo", "mid", "hi"]) == "hi").astype(int)',
        lambda t, r: [int(t.income.quantile(2 / 3) < v <= t.income.max()) for v in r.income],
    ),
    "categorical_ordered": (
        'c = pd.Categorical(df["plan"], categories=["basic", "plus"], ordered=True)\n# --\ndf["n"] = (c > "basic").astype(int)',
        lambda t, r: [int(p == 'plus') for p in r.plan],
    ),
    "dtype_ordered": (
        'kind = pd.CategoricalDtype(sorted(df["city"].dropna().unique()), ordered=True)\n# --\ndf["n"] = (df["city"].astype(kind) >= "Oslo").astype(int)',
        lambda t, r: [int(not isna(c) and c >= 'Oslo') for c in r.city],
    ),
    "category_first": (
        'c = df["city"].astype("category")\n# --\ndf["n"] = (c == c.cat.categories[0]).astype(int)',
        lambda t, r: [int(c == 'Bern') for c in r.city],
    ),
    "interval_index": (
        'bands = pd.IntervalIndex.from_breaks([0, 30, 50, 120])\n# --\ndf["n"] = bands.get_indexer(df["age"])',
        lambda t, r: [(a > 30) + (a > 50) + 0 for a in r.age],
    ),
    "interval_range": (
        'bands = pd.interval_range(df["age"].min(), df["age"].max() + 1, periods=4, closed="left")\n# --\ndf["n"] = bands.get_indexer(df["age"])',
        lambda t, r: [next((k for k, i in enumerate(pd.interval_range(t.age.min(), t.age.max() + 1, periods=4, closed='left')) if a in i), -1) for a in r.age],
    ),
    "dummies_na": (
        'd = pd.get_dummies(df["city"], drop_first=True, dummy_na=True)\n# --\ndf["n"] = d.iloc[:, -1].astype(int) + 2 * d["Rome"]',
        lambda t, r: [1 if isna(c) else 2 * int(c == 'Rome') for c in r.city],
    ),
    "dummies_frame": (
        'df = pd.get_dummies(df, columns=["city", "plan"], drop_first=True, prefix=["c", "p"])\n# --\ndf["n"] = df["c_Rome"] * 1 + df["p_plus"] * 2',
        lambda t, r: [int(c == 'Rome') + 2 * int(p == 'plus') for c, p in zip(r.city, r.plan)],
    ),
    "multi_join": (
        'm = df.groupby(["city", "plan"])["income"].mean().rename("n")\n# --\ndf = df.join(m, on=["city", "plan"])',
        lambda t, r: [look(t.groupby(['city', 'plan']).income.mean().to_dict())((c, p)) for c, p in zip(r.city, r.plan)],
    ),
    "multi_merge": (
        'm = df.groupby(["city", "plan"], as_index=False).agg(n=("income", "mean"), k=("age", "size"))\n# --\ndf = df.merge(m, on=["city", "plan"], how="left")',
        lambda t, r: [look(t.groupby(['city', 'plan']).income.mean().to_dict())((c, p)) for c, p in zip(r.city, r.plan)],
    ),
    "unstack": (
        'u = df.groupby(["city", "plan"])["age"].mean().unstack()\n# --\ndf["n"] = df["city"].map(u["plus"] - u["basic"])',
        lambda t, r: [look((t[t.plan == 'plus'].groupby('city').age.mean() - t[t.plan == 'basic'].groupby('city').age.mean()).to_dict())(c) for c in r.city],
    ),
    "timezone": (
        'df["when"] = pd.to_datetime(df["when"]).dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")\n# --\ndf["n"] = df["when"].dt.hour * 100 + df["when"].dt.day',
        lambda t, r: [900 + int(w[8:10]) for w in r.when],
    ),
    "holidays": (
        'from pandas.tseries.holiday import USFederalHolidayCalendar\n# --\ndf["when"] = pd.to_datetime(df["when"])\n# --\ndays = USFederalHolidayCalendar().holidays(start=df["when"].min(), end=df["when"].max())\n# --\ndf["n"] = df["when"].isin(days).astype(int)',
        lambda t, r: [int(pd.Timestamp(w) in USFederalHolidayCalendar().holidays(pd.Timestamp(t.when.min()), pd.Timestamp(t.when.max()))) for w in r.when],
    ),
    "similarity": (
        'import difflib\n# --\ndf["n"] = df["city"].fillna("").apply(lambda c: difflib.SequenceMatcher(None, c, "Rome").ratio())',
        lambda t, r: [difflib.SequenceMatcher(None, '' if isna(c) else c, 'Rome').ratio() for c in r.city],
    ),
    "closest": (
        'import difflib\n# --\ntop = df["city"].value_counts().index\n\ndef closest(c):\n    return difflib.get_close_matches(str(c), list(top), n=1, cutoff=0)[0]\n# --\ndf["n"] = (df["city"].apply(closest) == top[0]).astype(int)',
        lambda t, r: [int(difflib.get_close_matches(str(c) if not isna(c) else 'nan', list(t.city.value_counts().index), n=1, cutoff=0)[0] == t.city.value_counts().index[0]) for c in r.city],
    ),
    "try_except": (
        'def inverse(a):\n    try:\n        return 10 / (a - 40)\n    except ZeroDivisionError:\n        return df["income"].max()\n# --\ndf["n"] = df["age"].apply(inverse)',
        lambda t, r: [t.income.max() if a == 40 else 10 / (a - 40) for a in r.age],
    ),
    "poly_frame": (
        'pf = PolynomialFeatures(2, include_bias=False)\n# --\nP = pd.DataFrame(pf.fit_transform(df[["age", "flag"]]), columns=pf.get_feature_names_out(), index=df.index)\n# --\ndf["n"] = P["age flag"] + P["age^2"]',
        lambda t, r: [float(a * f + a * a) for a, f in zip(r.age, r.flag)],
    ),
    "smoothed": (
        'agg = df.groupby("city")["churn"].agg(["mean", "count"])\n# --\nsmooth = (agg["mean"] * agg["count"] + df["churn"].mean() * 10) / (agg["count"] + 10)\n# --\ndf["n"] = df["city"].map(smooth)',
        lambda t, r: [look({c: (g.churn.sum() + t.churn.mean() * 10) / (len(g) + 10) for c, g in t.groupby('city')})(c) for c in r.city],
    ),
    "set_output": (
        's = StandardScaler().set_output(transform="pandas")\n# --\ndf["n"] = s.fit_transform(df[["age"]])["age"]',
        lambda t, r: [(a - t.age.mean()) / t.age.std(ddof=0) for a in r.age],
    ),
    "function_global": (
        'low = df["age"].min()\n\ndef shift(x):\n    return x - low\n# --\ndf["n"] = FunctionTransformer(shift).fit_transform(df[["age"]])["age"]',
        lambda t, r: [a - t.age.min() for a in r.age],
    ),
    "ct_remainder": (
        'from sklearn.compose import ColumnTransformer\n# --\nct = ColumnTransformer([("o", OneHotEncoder(sparse_output=False), ["plan"])], remainder="passthrough")\n# --\ndf["n"] = ct.fit_transform(df[["plan", "age"]])[:, 2]',
        lambda t, r: [float(a) for a in r.age],
    ),
    "rank_map": (
        'r = df["city"].value_counts().rank(ascending=False)\n# --\ndf["n"] = df["city"].map(r)',
        lambda t, r: [look(t.city.value_counts().rank(ascending=False).to_dict())(c) for c in r.city],
    ),
    "cut_quantile_bins": (
        'df["n"] = pd.cut(df["income"], bins=df["income"].quantile([0, 0.25, 0.5, 0.75, 1]).values, include_lowest=True, labels=False)',
        lambda t, r: [nan if isna(v) or not e[0] <= v <= e[-1] else float(max(0, np.searchsorted(e, v) - 1)) for e in [t.income.quantile([0, 0.25, 0.5, 0.75, 1]).values] for v in r.income],
    ),
    "mad": (
        'm = df["income"].median()\nmad = (df["income"] - m).abs().median()\n# --\ndf["n"] = (df["income"] - m) / mad',
        lambda t, r: [(v - t.income.median()) / (t.income - t.income.median()).abs().median() for v in r.income],
    ),
    "group_by_cut": (
        'df["n"] = df.groupby(pd.cut(df["age"], [0, 30, 50, 100]), observed=True)["income"].transform("median")',
        lambda t, r: [t[pd.cut(t.age, [0, 30, 50, 100]).cat.codes == (a > 30) + (a > 50) + 0].income.median() for a in r.age],
    ),
    "group_two": (
        'df["n"] = df.groupby(["city", "plan"])["income"].transform("mean")',
        lambda t, r: [look(t.groupby(['city', 'plan']).income.mean().to_dict())((c, p)) for c, p in zip(r.city, r.plan)],
    ),
    "group_month": (
        'df["n"] = df.groupby(df["when"].str[:7])["age"].transform("mean")',
        lambda t, r: [look(t.groupby(t.when.str[:7]).age.mean().to_dict())(w[:7]) for w in r.when],
    ),
    "combine_first": (
        'df["n"] = df["income"].combine_first(df.groupby("city")["income"].transform("median")).fillna(0)',
        lambda t, r: [look(t.groupby('city').income.median().to_dict(), 0.0)(c) if isna(v) else v for c, v in zip(r.city, r.income)],
    ),
    "isin_mode": (
        'df["n"] = df["age"].isin(df["age"].mode()).astype(int)',
        lambda t, r: [int(a in set(t.age.mode())) for a in r.age],
    ),
    "where_scalar": (
        'df["n"] = np.where(df["income"].isna().sum() > 5, df["income"].fillna(0), df["income"])',
        lambda t, r: [0.0 if isna(v) else v for v in r.income],
    ),
    "branch_max": (
        'if df["age"].max() > 70:\n    df["n"] = df["age"] / df["age"].max()\nelse:\n    df["n"] = df["age"]',
        lambda t, r: [a / t.age.max() for a in r.age],
    ),
    "nunique_loop": (
        'for c in ["city", "plan", "tags", "flag"]:\n    if df[c].nunique() < 3:\n        df[c] = df[c].astype("category").cat.codes\n# --\ndf["n"] = df["plan"] + 2 * df["flag"]',
        lambda t, r: [(p == 'plus') + 2 * int(f) for p, f in zip(r.plan, r.flag)],
    ),
    "null_loop": (
        'for c in ["age", "income"]:\n    if df[c].isnull().sum() > 0:\n        df[c + "_gap"] = df[c].isnull().astype(int)\n        df[c] = df[c].fillna(df[c].median())\n# --\ndf["n"] = df["income"] + 1000 * df["income_gap"]',
        lambda t, r: [1000 + t.income.median() if isna(v) else v for v in r.income],
    ),
    "encoder_loop": (
        'le = LabelEncoder()\nfor c in ["city", "plan", "tags"]:\n    df[c] = le.fit_transform(df[c].astype(str))\n# --\ndf["n"] = df["city"] * 100 + df["plan"] * 10 + df["tags"]',
        lambda t, r: [sum((k * (sorted(set(t[c].dropna())) + [None]).index(None if isna(v) else v) for c, k, v in (('city', 100, a), ('plan', 10, b), ('tags', 1, d)))) for a, b, d in zip(r.city, r.plan, r.tags)],
    ),
    "encoder_dict": (
        'encoders = {}\nfor c in ["city", "plan"]:\n    encoders[c] = LabelEncoder()\n    df[c] = encoders[c].fit_transform(df[c].astype(str))\n# --\ndf["n"] = df["city"] * 10 + df["plan"]',
        lambda t, r: [10 * (sorted(set(t.city.dropna())) + [None]).index(None if isna(a) else a) + sorted(set(t.plan)).index(b) for a, b in zip(r.city, r.plan)],
    ),
    "to_numeric": (
        'df["n"] = pd.to_numeric(df["tags"], errors="coerce").fillna(df["age"].mean())',
        lambda t, r: [t.age.mean()] * len(r),
    ),
    "quantile_in_apply": (
        'df["n"] = df["income"].apply(lambda v: np.nan if v > df["income"].quantile(0.9) else v)',
        lambda t, r: [nan if v > t.income.quantile(0.9) else v for v in r.income],
    ),
    "sub_div": (
        'df["n"] = df["income"].sub(df["income"].mean()).div(df["income"].std())',
        lambda t, r: [(v - t.income.mean()) / t.income.std() for v in r.income],
    ),
    "pipe_lambda": (
        'df["n"] = df["age"].pipe(lambda s: (s - s.min()) / (s.max() - s.min()))',
        lambda t, r: [(a - t.age.min()) / (t.age.max() - t.age.min()) for a in r.age],
    ),
    "between_star": (
        'df["n"] = df["age"].between(*np.percentile(df["age"], [25, 75])).astype(int)',
        lambda t, r: [int(np.percentile(t.age, 25) <= a <= np.percentile(t.age, 75)) for a in r.age],
    ),
    "group_series": (
        'df["n"] = df["age"] - df["age"].groupby(df["plan"]).transform("mean")',
        lambda t, r: [a - t[t.plan == p].age.mean() for a, p in zip(r.age, r.plan)],
    ),
    "row_rank": (
        'df["n"] = df[["age", "income"]].rank(axis=1)["age"]',
        lambda t, r: [1.0 if isna(i) or a < i else 2.0 if a > i else 1.5 for a, i in zip(r.age, r.income)],
    ),
    "filter_like": (
        'df["n"] = df.filter(items=["age", "income"]).mean(axis=1)',
        lambda t, r: [a if isna(i) else (a + i) / 2 for a, i in zip(r.age, r.income)],
    ),
    "corr_drop": (
        'c = df[["age", "income", "churn"]].corr().abs()["churn"]\n# --\nkeep = c[c > 0.0].index.drop("churn")\n# --\ndf["n"] = df[keep].sum(axis=1)',
        lambda t, r: [a if isna(i) else a + i for a, i in zip(r.age, r.income)],
    ),
    "merge_counts": (
        'df = df.merge(df["city"].value_counts().rename("n"), left_on="city", right_index=True, how="left")',
        lambda t, r: [look(t.city.value_counts().to_dict())(c) for c in r.city],
    ),
    "freq_dict": (
        'freq = (df["tags"].value_counts() / len(df)).to_dict()\n# --\ndf["n"] = df["tags"].map(freq)',
        lambda t, r: [(t.tags == x).sum() / len(t) for x in r.tags],
    ),
    "replace_outliers": (
        'q1, q3 = df["income"].quantile(0.25), df["income"].quantile(0.75)\niqr = q3 - q1\n# --\ndf["n"] = np.where((df["income"] < q1 - 1.5 * iqr) | (df["income"] > q3 + 1.5 * iqr), df["income"].median(), df["income"])',
        lambda t, r: (lambda a, b, m: [m if v < a - 1.5 * (b - a) or v > b + 1.5 * (b - a) else v for v in r.income])(t.income.quantile(0.25), t.income.quantile(0.75), t.income.median()),
    ),
    "cumulative_share": (
        'share = df["city"].value_counts(normalize=True).cumsum()\n# --\ndf["n"] = df["city"].map(share)',
        lambda t, r: [look(t.city.value_counts(normalize=True).cumsum().to_dict())(c) for c in r.city],
    ),
    "chained_np": (
        'a = df["age"].to_numpy()\n# --\ndf["n"] = (a[:, None] > np.quantile(a, [0.2, 0.4, 0.6, 0.8])).sum(axis=1)',
        lambda t, r: [int((a > np.quantile(t.age, [0.2, 0.4, 0.6, 0.8])).sum()) for a in r.age],
    ),
    "factor_by_freq": (
        'order = df["city"].value_counts().index.tolist()\n# --\ndf["n"] = df["city"].apply(lambda c: order.index(c) if c in order else -1)',
        lambda t, r: [list(t.city.value_counts().index).index(c) if not isna(c) else -1 for c in r.city],
    ),
    "lambda_stat_name": (
        'stats = {c: (df[c].mean(), df[c].std()) for c in ["age", "income"]}\n# --\nfor c in stats:\n    df[c] = (df[c] - stats[c][0]) / stats[c][1]\n# --\ndf["n"] = df["income"] - df["age"]',
        lambda t, r: [(v - t.income.mean()) / t.income.std() - (a - t.age.mean()) / t.age.std() for a, v in zip(r.age, r.income)],
    ),
    "mode_per_group": (
        'm = df.groupby("plan")["city"].agg(lambda s: s.mode()[0])\n# --\ndf["city"] = df["city"].fillna(df["plan"].map(m))\n# --\ndf["n"] = (df["city"] == "Rome").astype(int)',
        lambda t, r: [int((t[t.plan == p].city.mode()[0] if isna(c) else c) == 'Rome') for c, p in zip(r.city, r.plan)],
    ),
    "agg_flat": (
        'g = df.groupby("plan").agg({"age": ["mean", "max"]})\n# --\ng.columns = ["_".join(c) for c in g.columns]\n# --\ndf = df.merge(g.reset_index(), on="plan", how="left")\n# --\ndf["n"] = df["age"] / df["age_max"]',
        lambda t, r: [a / t[t.plan == p].age.max() for a, p in zip(r.age, r.plan)],
    ),
    "helper_twice": (
        'def add(d):\n    d = d.copy()\n    d["n"] = d["age"].isin(CHOSEN).astype(int)\n    return d\n# --\nCHOSEN = [40, 41]\n# --\ndf = add(df)\n# --\nCHOSEN = [40, 90]\n# --\ndf = add(df)',
        lambda t, r: [int(a in (40, 90)) for a in r.age],
    ),
    "helper_learned_twice": (
        'def add(d):\n    d = d.copy()\n    d["n"] = (d["age"] > low).astype(int)\n    return d\n# --\nlow = df["age"].quantile(0.2)\n# --\ndf = add(df)\n# --\nlow = df["age"].median()\n# --\ndf = add(df)',
        lambda t, r: [int(a > t.age.median()) for a in r.age],
    ),
    "helpers_in_list": (
        'def half(d):\n    return d.assign(n=d["age"] / BY)\n# --\nBY = 2\n# --\nBY = BY * 2\n# --\nsteps = [half, lambda d: d.assign(n=d["n"] + BY)]\n# --\nfor step in steps:\n    df = step(df)',
        lambda t, r: [a / 4 + 4 for a in r.age],
    ),
    "lambda_late": (
        'f = lambda a: a in CHOSEN\n# --\nCHOSEN = [40, 90]\n# --\ndf["n"] = df["age"].apply(f).astype(int)',
        lambda t, r: [int(a in (40, 90)) for a in r.age],
    ),
    "words_sliced": (
        'from sklearn.feature_extraction.text import CountVectorizer\n# --\nM = CountVectorizer(token_pattern="[a-z]").fit_transform(df["tags"])\n# --\ndf["n"] = M[:, 0].toarray() + 2 * M[:, 2].toarray()',
        lambda t, r: [("a" in x) + 2 * ("c" in x) for x in r.tags],
    ),
    "unique_loop": (
        'for x in ["city", "plan"]:\n    for c in df[x].dropna().unique():\n        df["is_" + c] = (df[x] == c).astype(int)\n# --\ndf["n"] = df["is_Rome"] + 2 * df["is_plus"]',
        lambda t, r: [int(c == "Rome") + 2 * int(p == "plus") for c, p in zip(r.city, r.plan)],
    ),
    "unique_named": (
        'kinds = df["city"].unique()\n# --\nfor c in kinds:\n    df[f"is_{c}"] = (df["city"] == c).astype(int)\n# --\ndf["n"] = df["is_Rome"] + 2 * df["is_nan"]',
        lambda t, r: [int(c == "Rome") for c in r.city],
    ),
    "group_with_missing": (
        'df["n"] = df.groupby("city", dropna=False)["age"].transform("mean")',
        lambda t, r: [t[t.city.isna()].age.mean() if isna(c) else t[t.city == c].age.mean() for c in r.city],
    ),
    "group_two_with_missing": (
        'df["n"] = df.groupby(["city", "plan"], dropna=False)["age"].transform("max")',
        lambda t, r: [t[(t.city.isna() if isna(c) else t.city == c) & (t.plan == p)].age.max() for c, p in zip(r.city, r.plan)],
    ),
    "encoder_applied": (
        'df[["plan", "tags"]] = df[["plan", "tags"]].apply(LabelEncoder().fit_transform)\n# --\ndf["n"] = df["plan"] + 10 * df["tags"]',
        lambda t, r: [sorted(set(t.plan)).index(p) + 10 * sorted(set(t.tags)).index(x) for p, x in zip(r.plan, r.tags)],
    ),
    "encoder_named_applied": (
        'le = LabelEncoder()\nobjects = df.select_dtypes(exclude="number").columns.drop(["when", "flag"])\n# --\ndf[objects] = df[objects].astype(str).apply(le.fit_transform)\n# --\ndf["n"] = df["city"] * 100 + df["plan"] * 10 + df["tags"]',
        lambda t, r: [100 * (sorted(set(t.city.dropna())) + [None]).index(None if isna(c) else c) + 10 * sorted(set(t.plan)).index(p) + sorted(set(t.tags)).index(x) for c, p, x in zip(r.city, r.plan, r.tags)],
    ),
}
