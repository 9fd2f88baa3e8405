"""Notebooks whose statements cannot be a function of one row, and the statement that is named."""

from __future__ import annotations

from .style_parts import NUMBERS

# what the features are made by, and the statement that must be named
REFUSED = {
    "dedup": (
        NUMBERS
        + """df = df[["age", "plan", "income", "churn"]].drop_duplicates(subset=["age"])
# --
X = df[["age", "income"]]
y = df["churn"]
""",
        "drop_duplicates",
    ),
    "rank": (
        NUMBERS
        + """df["r"] = df["income"].rank()
X = df[["age", "r"]]
y = df["churn"]
""",
        ".rank()",
    ),
    "shift": (
        NUMBERS
        + """df["r"] = df["income"].shift(1).fillna(0)
X = df[["age", "r"]]
y = df["churn"]
""",
        ".shift(1)",
    ),
    "two": (
        """
other = pd.read_csv(parameters.data)
# --
df["income"] = df["income"].fillna(df["income"].median())
# --
X = df[["age", "income"]]
y = other["churn"]
""",
        "other = pd.read_csv",
    ),
    "cumsum": (
        NUMBERS
        + """df["r"] = df["income"].cumsum()
X = df[["age", "r"]]
y = df["churn"]
""",
        ".cumsum()",
    ),
    "ffill": (
        """
df["income"] = df["income"].ffill().fillna(0)
X = df[["age", "income"]]
y = df["churn"]
""",
        ".ffill()",
    ),
    "random": (
        NUMBERS
        + """np.random.seed(0)
# --
df["noise"] = np.random.rand(len(df))
X = df[["age", "noise"]]
y = df["churn"]
""",
        "np.random.rand",
    ),
    "index": (
        NUMBERS
        + """df["i"] = df.index
X = df[["age", "i"]]
y = df["churn"]
""",
        "df.index",
    ),
    "merge": (
        NUMBERS
        + """df = df.merge(df[["plan"]].head(3), on="plan")
# --
X = df[["age", "income"]]
y = df["churn"]
""",
        "df.merge",
    ),
}
