# ruff: noqa: E501 - statements as people write them
"""Statements of notebooks that become part of a function of one row; `n` is what they make."""

from __future__ import annotations

__all__ = ["ANSWERED"]

ANSWERED = {
    "map_counts": 'df["n"] = df["city"].map(df["city"].value_counts())',
    "map_dict_from_data": """codes = {c: i for i, c in enumerate(df["city"].dropna().unique())}
# --
df["n"] = df["city"].map(codes).fillna(-1)""",
    "categorical_codes": 'df["n"] = pd.Categorical(df["city"]).codes',
    "factorize": 'df["n"] = pd.factorize(df["city"])[0]',
    "factorize_unpack": 'df["n"], names = pd.factorize(df["city"])',
    "series_factorize": 'df["n"] = df["city"].factorize()[0]',
    "pivot": 'df["n"] = df.pivot_table(index="city", columns="plan", values="income").loc["Rome", "plus"]',
    "pivot_join": """p = df.pivot_table(index="city", values="income", aggfunc="mean")
# --
df["n"] = df["city"].map(p["income"])""",
    "resample": """df["when"] = pd.to_datetime(df["when"])
# --
m = df.set_index("when")["income"].resample("MS").mean()
# --
df["n"] = df["when"].dt.to_period("M").dt.to_timestamp().map(m)""",
    "sample": """df = df.sample(200, random_state=1)
# --
df["n"] = df["age"] * 2""",
    "sort_head": """df = df.sort_values("age").head(200)
# --
df["n"] = df["age"] * 2""",
    "nunique": 'df["n"] = df["age"] / df["city"].nunique()',
    "value_counts_norm": 'df["n"] = df["city"].map(df["city"].value_counts(normalize=True))',
    "where_mean": """df["n"] = np.where(df["income"] > df["income"].mean(), "hi", "lo")
# --
df["n"] = (df["n"] == "hi").astype(int)""",
    "zscore": 'df["n"] = (df["income"] - df["income"].mean()) / df["income"].std()',
    "zscore_np": 'df["n"] = (df["age"] - np.mean(df["age"])) / np.std(df["age"])',
    "to_datetime_mixed": """df["when"] = pd.to_datetime(df["when"], format="mixed")
# --
df["n"] = df["when"].dt.dayofweek""",
    "dt_parts": """df["when"] = pd.to_datetime(df["when"])
# --
df["n"] = df["when"].dt.month * 100 + df["when"].dt.day""",
    "dt_isocal": """df["when"] = pd.to_datetime(df["when"])
# --
df["n"] = df["when"].dt.isocalendar().week.astype(int)""",
    "astype_category": 'df["n"] = df["city"].astype("category").cat.codes',
    "eval": 'df = df.eval("n = age * 2 + income")',
    "eval_local": """top = df["income"].max()
# --
df = df.eval("n = income / @top")""",
    "query": """df = df.query("age > 25")
# --
df["n"] = df["age"]""",
    "query_local": """least = df["age"].quantile(0.1)
# --
df = df.query("age > @least")
# --
df["n"] = df["age"]""",
    "assign": 'df = df.assign(n=lambda d: d["age"] / d["age"].max())',
    "pipe": """def add(d, k):
    return d.assign(n=d["age"] * k - d["income"].mean())
# --
df = df.pipe(add, 2)""",
    "loc_mask": """df["n"] = 0
# --
df.loc[df["income"] > df["income"].median(), "n"] = 1""",
    "loc_mask_mean": """df["n"] = df["income"]
# --
df.loc[df["n"].isna(), "n"] = df["n"].mean()""",
    "outliers_quantile": """low, high = df["income"].quantile([0.05, 0.95])
# --
df = df[(df["income"] > low) & (df["income"] < high)]
# --
df["n"] = df["income"]""",
    "outliers_between": """df = df[df["income"].between(df["income"].quantile(0.05), df["income"].quantile(0.95))]
# --
df["n"] = df["income"]""",
    "zscore_outliers": """z = (df["income"] - df["income"].mean()).abs() / df["income"].std()
# --
df = df[z < 2]
# --
df["n"] = df["income"]""",
    "clip_quantile": 'df["n"] = df["income"].clip(df["income"].quantile(0.05), df["income"].quantile(0.95))',
    "transform_mean": 'df["n"] = df.groupby("plan")["income"].transform("mean")',
    "transform_fill": 'df["n"] = df["income"].fillna(df.groupby("plan")["income"].transform("median"))',
    "transform_lambda": 'df["n"] = df.groupby("plan")["age"].transform(lambda s: (s - s.mean()) / s.std())',
    "group_apply_fill": 'df["n"] = df.groupby("plan")["income"].transform(lambda s: s.fillna(s.median()))',
    "group_count": 'df["n"] = df.groupby("city")["age"].transform("count")',
    "group_size_map": 'df["n"] = df["city"].map(df.groupby("city").size())',
    "merge_lookup": """stats = df.groupby("plan", as_index=False)["income"].mean().rename(columns={"income": "n"})
# --
df = df.merge(stats, on="plan", how="left")""",
    "merge_inline": """table = pd.DataFrame({"plan": ["basic", "plus"], "n": [1, 2]})
# --
df = df.merge(table, on="plan", how="left")""",
    "merge_agg": """g = df.groupby("city").agg(n=("income", "mean"), m=("age", "max")).reset_index()
# --
df = pd.merge(df, g, on="city", how="left")""",
    "join_group": 'df = df.join(df.groupby("plan")["age"].mean().rename("n"), on="plan")',
    "target_encoding": """means = df.groupby("city")["churn"].mean()
# --
df["n"] = df["city"].map(means).fillna(df["churn"].mean())""",
    "target_encoding_transform": 'df["n"] = df.groupby("city")["churn"].transform("mean")',
    "label_encoder": 'df["n"] = LabelEncoder().fit_transform(df["plan"])',
    "ordinal_encoder": 'df[["n"]] = OrdinalEncoder().fit_transform(df[["plan"]])',
    "minmax": 'df[["n"]] = MinMaxScaler().fit_transform(df[["age"]])',
    "scaler_fit_then": """s = StandardScaler()
# --
s.fit(df[["age"]])
# --
df["n"] = s.transform(df[["age"]])[:, 0]""",
    "onehot_fit": """e = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
# --
m = e.fit_transform(df[["plan"]])
# --
df["n"] = m[:, 0]""",
    "poly": """p = PolynomialFeatures(2)
# --
df["n"] = p.fit_transform(df[["age"]])[:, 2]""",
    "dropna": """df = df.dropna()
# --
df["n"] = df["age"]""",
    "dropna_inplace": """df.dropna(subset=["city"], inplace=True)
# --
df["n"] = df["age"]""",
    "drop_duplicates_none": """df["k"] = df["income"].fillna(0).astype(str) + df["when"] + df["age"].astype(str)
# --
df = df.drop_duplicates(subset=["age", "income", "city", "plan", "when", "tags"])
# --
df["n"] = df["age"]""",
    "string_clean": """df["city"] = df["city"].fillna("none").str.strip().str.lower().str.replace("o", "0")
# --
df["n"] = (df["city"] == "r0me").astype(int)""",
    "str_len": 'df["n"] = df["tags"].str.len()',
    "str_split": 'df["n"] = (df["tags"].str.split("|").str[0] == "a").astype(int)',
    "str_extract": 'df["n"] = df["when"].str.extract(r"-(\\d+)-")[0].astype(int)',
    "str_contains": 'df["n"] = df["tags"].str.contains("a").astype(int)',
    "arith": 'df["n"] = df["income"] / df["age"] ** 2 + np.log1p(df["age"])',
    "apply_axis": 'df["n"] = df.apply(lambda r: r["age"] * 2 if r["plan"] == "plus" else r["age"], axis=1)',
    "apply_fn": """def f(a):
    return a // 10
# --
df["n"] = df["age"].apply(f)""",
    "list_comp": 'df["n"] = [a * 2 for a in df["age"]]',
    "list_comp_max": """top = max(df["age"])
# --
df["n"] = [a / top for a in df["age"]]""",
    "zip_comp": 'df["n"] = [a if p == "plus" else 0 for a, p in zip(df["age"], df["plan"])]',
    "iterrows": """out = []
for i, r in df.iterrows():
    out.append(r["age"] * 2)
# --
df["n"] = out""",
    "iterrows_loc": """df["n"] = 0
for i, r in df.iterrows():
    df.loc[i, "n"] = r["age"] * 2""",
    "cut_bins": 'df["n"] = pd.cut(df["age"], bins=[0, 30, 50, 100], labels=[0, 1, 2]).astype(int)',
    "cut_n": 'df["n"] = pd.cut(df["income"], 5, labels=False)',
    "qcut": 'df["n"] = pd.qcut(df["income"], 4, labels=False)',
    "qcut_dup": 'df["n"] = pd.qcut(df["age"] // 20, 4, labels=False, duplicates="drop")',
    "qcut_retbins": 'df["n"], edges = pd.qcut(df["income"], 4, labels=False, retbins=True)',
    "digitize": 'df["n"] = np.digitize(df["age"], np.linspace(df["age"].min(), df["age"].max(), 5))',
    "searchsorted": 'df["n"] = np.searchsorted(np.sort(df["age"].unique()), df["age"])',
    "minmax_hand": 'df["n"] = (df["age"] - df["age"].min()) / (df["age"].max() - df["age"].min())',
    "mode_fill": """df["city"] = df["city"].fillna(df["city"].mode()[0])
# --
df["n"] = (df["city"] == "Rome").astype(int)""",
    "fill_frame_mean": """df[["age", "income"]] = df[["age", "income"]].fillna(df[["age", "income"]].mean())
# --
df["n"] = df["income"]""",
    "isin_top": """top = df["city"].value_counts().nlargest(2).index
# --
df["n"] = df["city"].isin(top).astype(int)""",
    "rare_other": """counts = df["city"].value_counts()
# --
df["city"] = df["city"].where(df["city"].map(counts) > 80, "Other")
# --
df["n"] = (df["city"] == "Other").astype(int)""",
    "replace": 'df["n"] = df["plan"].replace({"basic": "0", "plus": "1"}).astype(int)',
    "select_dtypes_fill": """num = df.select_dtypes("number").columns
# --
df[num] = df[num].fillna(df[num].median())
# --
df["n"] = df["income"]""",
    "concat_dummies": """df = pd.concat([df, pd.get_dummies(df["city"], prefix="c")], axis=1)
# --
df["n"] = df["c_Rome"].astype(int)""",
    "melt": """m = df.melt(id_vars=["age"], value_vars=["income"])
# --
df["n"] = m["value"]""",
    "stack_corr": """keep = [c for c in ["age", "income"] if abs(df[c].corr(df["churn"])) > 0.0001]
# --
df["n"] = df[keep].sum(axis=1)""",
    "drop_cols_null": """df = df.drop(columns=[c for c in df if df[c].isna().mean() > 0.5])
# --
df["n"] = df["age"]""",
    "len_feature": 'df["n"] = df["age"] / len(df)',
    "shape_feature": 'df["n"] = df["age"] * df.shape[0]',
    "now": 'df["n"] = (pd.Timestamp("2025-01-01") - pd.to_datetime(df["when"])).dt.days',
    "today_max": """df["when"] = pd.to_datetime(df["when"])
# --
df["n"] = (df["when"].max() - df["when"]).dt.days""",
    "mask": 'df["n"] = df["income"].mask(df["income"] > df["income"].mean() + 2 * df["income"].std(), df["income"].mean())',
    "np_select": 'df["n"] = np.select([df["age"] < 30, df["age"] < 50], [0, 1], default=2)',
    "eq_max": 'df["n"] = (df["income"] == df["income"].max()).astype(int)',
    "group_first": 'df["n"] = df.groupby("city")["income"].transform("first")',
    "numpy_mean_axis": """a = df[["age"]].to_numpy(dtype=float)
# --
a = (a - a.mean(axis=0)) / a.std(axis=0)
# --
df["n"] = a[:, 0]""",
    "numpy_row_norm": """a = df[["age", "churn"]].to_numpy(dtype=float)
# --
a = a / np.linalg.norm(a, axis=1, keepdims=True)
# --
df["n"] = a[:, 0]""",
    "setitem_chain": """for c in ["age", "income"]:
    df[c] = (df[c] - df[c].mean()) / df[c].std()
# --
df["n"] = df["age"]""",
    "lambda_apply_cols": """df[["age", "income"]] = df[["age", "income"]].apply(lambda c: (c - c.mean()) / c.std())
# --
df["n"] = df["age"]""",
    "agg_dict": """s = df.agg({"age": "mean", "income": "std"})
# --
df["n"] = (df["age"] - s["age"]) / s["income"]""",
    "describe": """d = df.describe()
# --
df["n"] = df["age"] - d.loc["50%", "age"]""",
    "crosstab": """t = pd.crosstab(df["city"], df["plan"], normalize="index")["plus"]
# --
df["n"] = df["city"].map(t)""",
    "kbins": 'df["n"] = KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf").fit_transform(df[["age"]])[:, 0]',
    "quantile_tr": 'df["n"] = QuantileTransformer(n_quantiles=50).fit_transform(df[["age"]])[:, 0]',
    "if_branch": """if df["income"].isna().any():
    df["income"] = df["income"].fillna(df["income"].mean())
# --
df["n"] = df["income"]""",
    "skew_branch": 'df["n"] = np.log1p(df["age"]) if df["age"].skew() > 10 else df["age"]',
    "numpy_norm_all": """a = df[["age"]].to_numpy(dtype=float).copy()
# --
a /= a.max()
# --
df["n"] = a[:, 0]""",
    "str_get_dummies": """df = df.join(df["tags"].str.get_dummies())
# --
df["n"] = df["a"] + 2 * df["c"]""",
    "str_get_dummies_first": 'df["n"] = df["tags"].str.get_dummies()["c"]',
}
