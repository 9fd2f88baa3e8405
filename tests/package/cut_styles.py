"""Notebooks as people write them, and what shows in the row function how they were cut."""

from __future__ import annotations

from .style_parts import NUMBERS

# what the features are made by, and a part of the row function that shows how
CUT = {
    "numeric": (
        NUMBERS
        + """X = df[["age", "income"]]
y = df["churn"]
""",
        "fillna(INCOME_MEDIAN)",
    ),
    "dummies_in_a_chain": (
        """
X = pd.get_dummies(df.drop(columns=["when", "churn"]), drop_first=True, dtype=float).fillna(
    df.mean(numeric_only=True)
)
y = df.churn
""",
        "def features(",
    ),
    "scaler": (
        NUMBERS
        + """scaler = StandardScaler()
X = scaler.fit_transform(df[["age", "income"]])
y = df["churn"].values
""",
        '["SCALER"].transform(',
    ),
    "encoder_in_a_loop": (
        NUMBERS
        + """le = LabelEncoder()
for c in ["city", "plan"]:
    df[c] = le.fit_transform(df[c].astype(str))
X = df[["age", "city", "plan", "income"]]
y = df["churn"]
""",
        '["LE"][c].transform(',
    ),
    "helper_fill": (
        """
def fill(frame, col):
    return frame[col].fillna(frame[col].median())
# --
df["income"] = fill(df, "income")
df["age"] = fill(df, "age")
X = df[["age", "income"]]
y = df["churn"]
""",
        "[col])",
    ),
    "helper_clean": (
        """
def clean(d):
    d = d.copy()
    d["income"] = d["income"].fillna(d["income"].mean())
    d = d.dropna()
    return d
# --
df = clean(df)
# --
X = df[["age", "income"]]
y = df["churn"]
""",
        "def clean(d)",
    ),
    "helper_inplace": (
        """
def add(d):
    d["x"] = d["age"] / d["age"].max()
# --
add(df)
# --
X = df[["age", "x"]]
y = df["churn"]
""",
        "def features(",
    ),
    "chosen_columns": (
        """
num = df.select_dtypes("number").columns.tolist()
num.remove("churn")
# --
df[num] = df[num].fillna(df[num].median())
# --
X = df[num]
y = df["churn"]
""",
        "def features(",
    ),
    "apply_func": (
        NUMBERS
        + """def band(a):
    if a < 30:
        return "young"
    return "old"
# --
df["band"] = df["age"].apply(band)
X = pd.get_dummies(df[["age", "band"]])
y = df["churn"]
""",
        "def features(",
    ),
    "apply_lambda_mean": (
        NUMBERS
        + """df["rich"] = df["income"].apply(lambda v: 1 if v > df["income"].mean() else 0)
X = df[["age", "rich"]]
y = df["churn"]
""",
        "v > INCOME_MEAN",
    ),
    "category_codes": (
        NUMBERS
        + """df["city"] = df["city"].astype("category").cat.codes
X = df[["age", "city"]]
y = df["churn"]
""",
        ".cat.codes",
    ),
    "group_map": (
        NUMBERS
        + """means = df.groupby("plan")["income"].mean()
df["pm"] = df["plan"].map(means)
X = df[["age", "pm"]]
y = df["churn"]
""",
        "def features(",
    ),
    "shuffled": (
        NUMBERS
        + """df = df.sample(frac=1, random_state=3).reset_index(drop=True)
X = df[["age", "income"]]
y = df["churn"]
""",
        "df.reset_index(drop=True)",
    ),
    "filter": (
        NUMBERS
        + """df = df[df["age"] > 25]
# --
df = df.reset_index(drop=True)
# --
X = df[["age", "income"]]
y = df["churn"]
""",
        "def features(",
    ),
    "outlier": (
        NUMBERS
        + """q1, q3 = df["income"].quantile([0.25, 0.75])
# --
iqr = q3 - q1
# --
df = df[df["income"] < q3 + 1.5 * iqr]
# --
X = df[["age", "income"]]
y = df["churn"]
""",
        "# learned:",
    ),
    "dates": (
        NUMBERS
        + """df["when"] = pd.to_datetime(df["when"])
# --
df["month"] = df["when"].dt.month
df["days"] = (df["when"] - df["when"].min()).dt.days
X = df[["age", "month", "days"]]
y = df["churn"]
""",
        "def features(",
    ),
    "quantile_bins": (
        NUMBERS
        + """df["q"] = pd.qcut(df["income"], 4, labels=False)
X = df[["age", "q"]]
y = df["churn"]
""",
        "include_lowest=True",
    ),
    "equal_bins": (
        NUMBERS
        + """df["q"] = pd.cut(df["income"], 4, labels=False)
X = df[["age", "q"]]
y = df["churn"]
""",
        "def features(",
    ),
    "column_transformer": (
        """
X = df[["age", "income", "city"]]
y = df["churn"]
# --
pre = ColumnTransformer(
    [
        ("n", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]),
        ("c", OneHotEncoder(handle_unknown="ignore"), ["city"]),
    ]
)
# --
X = pre.fit_transform(X)
""",
        "def features(",
    ),
    "mapped_label": (
        NUMBERS
        + """df["churn"] = df["churn"].map({0: "no", 1: "yes"})
y = df["churn"]
X = df.drop(columns=["churn", "city", "plan", "tags", "when"])
""",
        "def features(",
    ),
    "rename": (
        NUMBERS
        + """df.columns = [c.upper() for c in df.columns]
# --
df.rename(columns={"AGE": "years"}, inplace=True)
# --
X = df[["years", "INCOME"]]
y = df["CHURN"]
""",
        "def features(",
    ),
    "popped_label": (
        NUMBERS
        + """y = df.pop("churn")
# --
X = df.select_dtypes(["number"])
""",
        "def features(",
    ),
    "iloc": (
        NUMBERS
        + """df = df[["age", "income", "churn"]]
# --
X = df.iloc[:, :-1]
y = df.iloc[:, -1]
""",
        "def features(",
    ),
    "function_named_features": (
        NUMBERS
        + """def features(d):
    return d[["age", "income"]]
# --
X = features(df)
y = df["churn"]
""",
        "def features(",
    ),
    "function_with_a_global": (
        NUMBERS
        + """LIMIT = 40
# --
def old(s):
    return s > LIMIT
# --
df["old"] = old(df["age"])
X = df[["old", "income"]]
y = df["churn"]
""",
        "def features(",
    ),
    "function_with_the_frame": (
        NUMBERS
        + """def scaled(c):
    return (df[c] - df[c].mean()) / df[c].std()
# --
df["a"] = scaled("age")
df["i"] = scaled("income")
X = df[["a", "i"]]
y = df["churn"]
""",
        "def scaled(c)",
    ),
    "join_dummies": (
        NUMBERS
        + """X = df[["age"]].join(pd.get_dummies(df["city"], prefix="c"))
y = df["churn"]
""",
        "def features(",
    ),
    "fit_in_a_function": (
        NUMBERS
        + """X = df[["age", "income"]]
y = df["churn"]
# --
def train(a, b):
    m = DecisionTreeClassifier(max_depth=3, random_state=0)
    m.fit(a, b)
    return m
# --
model = train(X, y)
if False:
    X = X
""",
        "def features(",
    ),
}
