"""Statements of notebooks that are no function of one row, and are refused by name."""

from __future__ import annotations

__all__ = ["REFUSED"]

REFUSED = {
    "rolling": 'df["n"] = df["income"].rolling(3, min_periods=1).mean()',
    "expanding": 'df["n"] = df["income"].expanding().mean()',
    "ewm": 'df["n"] = df["income"].ewm(span=3).mean()',
    "interpolate": 'df["n"] = df["income"].interpolate()',
    "ffill": 'df["n"] = df["income"].ffill()',
    "bfill": 'df["n"] = df["income"].bfill()',
    "nlargest": """df = df.nlargest(200, "income")
# --
df["n"] = df["age"] * 2""",
    "rank": 'df["n"] = df["income"].rank()',
    "rank_pct": 'df["n"] = df["income"].rank(pct=True)',
    "shift": 'df["n"] = df["income"].shift(1)',
    "diff": 'df["n"] = df["age"].diff()',
    "pct_change": 'df["n"] = df["age"].pct_change()',
    "cumsum": 'df["n"] = df["age"].cumsum()',
    "cumcount": 'df["n"] = df.groupby("city").cumcount()',
    "drop_duplicates": """df = df.drop_duplicates(subset=["age", "plan"])
# --
df["n"] = df["age"]""",
    "str_split_expand": """parts = df["tags"].str.split("|", expand=True)
# --
df["n"] = parts[1].notna().astype(int)""",
    "explode": """df = df.assign(tag=df["tags"].str.split("|")).explode("tag")
# --
df["n"] = (df["tag"] == "a").astype(int)""",
    "index_feature": 'df["n"] = df.index',
    "reset_index_n": """df = df.reset_index()
# --
df["n"] = df["index"]""",
    "random_noise": 'df["n"] = df["age"] + np.random.default_rng(0).normal(size=len(df))',
    "random_legacy": """np.random.seed(0)
# --
df["n"] = np.random.permutation(df["age"])""",
    "idxmax": 'df["n"] = (df.index == df["income"].idxmax()).astype(int)',
    "duplicated": 'df["n"] = df.duplicated(subset=["age"]).astype(int)',
    "dup_keep_false": 'df["n"] = df["age"].duplicated(keep=False).astype(int)',
    "shift_rare": 'df["n"] = np.where(df["income"] > df["income"].quantile(0.995), df["age"].shift(1), 0)',
    "sklearn_pca": """from sklearn.decomposition import PCA
# --
df["n"] = PCA(1, random_state=0).fit_transform(df[["age", "churn"]])[:, 0]""",
    "kmeans_feature": """from sklearn.cluster import KMeans
# --
df["n"] = KMeans(3, n_init=1, random_state=0).fit_predict(df[["age"]])""",
    "sk_scale_fn": 'df["n"] = scale(df["age"])',
    "scipy_zscore": """from scipy import stats
# --
df["n"] = stats.zscore(df["age"])""",
    "scipy_boxcox": """from scipy import stats
# --
df["n"], lam = stats.boxcox(df["age"])""",
    "branch_never_taken": 'df["n"] = df["age"].apply(lambda a: a if a < 90 else df["age"].median())',
    "row_branch_never_taken": """def f(r):
    if r["age"] > 90:
        return df["income"].mean()
    return r["income"]
# --
df["n"] = df.apply(f, axis=1)""",
    "except_never_met": """def f(a):
    try:
        return 10 / (a - 5)
    except ZeroDivisionError:
        return df["income"].max()
# --
df["n"] = df["age"].apply(f)""",
    "loop_branch_never_taken": """out = []
# --
for a in df["age"]:
    out.append(df["age"].mean() if a > 90 else a)
# --
df["n"] = out""",
    "list_branch_never_taken": 'df["n"] = [df["age"].max() if a > 90 else a for a in df["age"]]',
}
