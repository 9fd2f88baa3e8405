"""Twelve small notebooks, each with another kind of model, in the ways that people write them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOTEBOOKS", "ModelNotebook"]

_READ = """
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
# %%
df = pd.read_csv("customers.csv")
"""


@dataclass(frozen=True, slots=True)
class ModelNotebook:
    """Cells, parted by lines ``# %%``; `answers` are names that hold the features of all kept rows.

    `with_rows` says that the kind of model keeps rows that it was fitted on, so that it must be asked for.
    """

    title: str
    code: str
    features: str = "X"
    with_rows: bool = False
    needs: tuple[str, ...] = ()


LINEAR = """
df["income"] = df["income"].fillna(df["income"].mean())
df["rate"] = df["spent"] / df["income"].clip(lower=1)
# %%
from sklearn.linear_model import LinearRegression

X = df[["age", "income", "visits"]]
y = df["spent"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LinearRegression()
model.fit(X_train, y_train)
print(model.score(X_test, y_test))
"""

FOREST = """
from sklearn.ensemble import RandomForestClassifier

df["income"] = df["income"].fillna(df["income"].median())
df["plan"] = df["plan"].str.strip().str.lower()
# %%
X = pd.get_dummies(df[["age", "income", "visits", "city", "plan"]])
y = df["left"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25)
# %%
model = RandomForestClassifier(n_estimators=40)
model.fit(X_train, y_train)
model.score(X_test, y_test)
"""

BOOSTING = """
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_absolute_error

df["since"] = pd.to_datetime(df["since"])
df["year"] = df["since"].dt.year
df["month"] = df["since"].dt.month
df["plan"] = df["plan"].str.strip().str.lower().map({"basic": 0, "plus": 1, "team": 2})
# %%
columns = ["age", "visits", "year", "month", "plan"]
X, y = df[columns], df["spent"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
# %%
model = GradientBoostingRegressor(n_estimators=60, random_state=0).fit(X_train, y_train)
print(mean_absolute_error(y_test, model.predict(X_test)))
"""

SUPPORT = """
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

df = df.dropna(subset=["income"])
# %%
scaler = StandardScaler()
X = scaler.fit_transform(df[["age", "income", "visits"]])
y = df["left"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = SVC(C=2.0)
model.fit(X_train, y_train)
"""

CLUSTERS = """
from sklearn.cluster import KMeans
from sklearn.preprocessing import MinMaxScaler

X = df[["age", "visits", "spent"]].copy()
X["spent"] = np.log1p(X["spent"])
X = MinMaxScaler().fit_transform(X)
# %%
model = KMeans(n_clusters=4, n_init=3, random_state=5)
model.fit(X)
# %%
df["group"] = model.labels_
df.groupby("group")[["age", "spent"]].mean()
"""

PIPELINE = """
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

numbers, texts = ["age", "income", "visits"], ["city", "plan"]
prepare = ColumnTransformer([
    ("numbers", Pipeline([("gaps", SimpleImputer(strategy="median")), ("scale", StandardScaler())]), numbers),
    ("texts", OneHotEncoder(handle_unknown="ignore"), texts),
])
# %%
X, y = df[numbers + texts], df["left"].map({0: "stayed", 1: "left"})
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=2)
# %%
model = Pipeline([("prepare", prepare), ("classify", LogisticRegression(max_iter=500))])
model.fit(X_train, y_train)
"""

OWN_CLASS = """
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

EDGE = 0.05


class Winsorize(BaseEstimator, TransformerMixin):
    \"\"\"Cut each column off at its quantiles.\"\"\"

    def __init__(self, edge=EDGE):
        self.edge = edge

    def fit(self, X, y=None):
        self.low_ = X.quantile(self.edge)
        self.high_ = X.quantile(1 - self.edge)
        self.middle_ = X.median()
        return self

    def transform(self, X):
        return X.fillna(self.middle_).clip(self.low_, self.high_, axis=1)
# %%
X = df[["age", "income", "visits"]]
y = df["spent"]
# %%
model = make_pipeline(Winsorize(), Ridge(alpha=0.5))
model.fit(X, y)
"""

TEXT = """
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

df = df.dropna(subset=["note"])
df["note"] = df["note"].str.lower().str.replace(r"[^a-z ]", " ", regex=True)
# %%
X, y = df["note"], df["left"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = make_pipeline(TfidfVectorizer(min_df=12), LogisticRegression())
model.fit(X_train, y_train)
model.score(X_test, y_test)
"""

SEVERAL = """
from sklearn.linear_model import Ridge
from sklearn.multioutput import MultiOutputRegressor

df["income"] = df["income"].fillna(0)
# %%
X = df[["age", "income"]].to_numpy()
Y = df[["spent", "visits"]].to_numpy()
# %%
model = MultiOutputRegressor(Ridge())
model.fit(X, Y)
"""

XGBOOST = """
from xgboost import XGBClassifier

df["city"] = df["city"].astype("category").cat.codes
df["share"] = df["spent"] / df["spent"].max()
# %%
X = df[["age", "income", "city", "share"]]
y = df["left"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = XGBClassifier(n_estimators=30, max_depth=3, n_jobs=1, random_state=0)
model.fit(X_train, y_train)
model.score(X_test, y_test)
"""

TORCH = """
import torch
from torch import nn

torch.manual_seed(3)


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(width, 8)
        self.last = nn.Linear(8, 1)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))[:, 0]


class NetClassifier:
    \"\"\"A network that fits and predicts as scikit-learn's estimators do.\"\"\"

    def __init__(self, epochs=40, rate=0.05):
        self.epochs = epochs
        self.rate = rate

    def fit(self, X, y):
        self.net = Net(X.shape[1])
        self.classes_ = np.unique(y)
        rows, labels = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
        optimizer = torch.optim.Adam(self.net.parameters(), lr=self.rate)
        loss = nn.BCEWithLogitsLoss()
        for _ in range(self.epochs):
            optimizer.zero_grad()
            loss(self.net(rows), labels).backward()
            optimizer.step()
        return self

    def predict_proba(self, X):
        with torch.no_grad():
            share = torch.sigmoid(self.net(torch.tensor(X, dtype=torch.float32))).numpy()
        return np.column_stack([1 - share, share])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
# %%
numbers = df[["age", "income", "visits"]]
numbers = numbers.fillna(numbers.mean())
X = ((numbers - numbers.mean()) / numbers.std()).to_numpy()
y = df["left"].to_numpy()
# %%
model = NetClassifier()
model.fit(X, y)
"""

CLEANING = """
from sklearn.linear_model import LogisticRegression

def tidy(text):
    return text.strip().lower().replace("-", " ")
# %%
df = df[df["age"].between(18, 90)]
df = df.drop_duplicates(subset=["id"]) if df["id"].duplicated().any() else df
df["plan"] = df["plan"].apply(tidy)
df["since"] = pd.to_datetime(df["since"])
df["days"] = (df["since"].max() - df["since"]).dt.days
# %%
df["income"] = df["income"].fillna(df.groupby("plan")["income"].transform("median"))
low, high = df["spent"].quantile([0.01, 0.99])
df["spent"] = df["spent"].clip(low, high)
# %%
df["band"] = pd.cut(df["age"], [0, 30, 45, 60, 120], labels=["young", "middle", "late", "old"])
df["quarter"] = pd.qcut(df["spent"], 4, labels=False)
df = df.assign(per_visit=df["spent"] / (df["visits"] + 1))
# %%
X = pd.get_dummies(df[["days", "income", "per_visit", "quarter", "plan", "band"]], drop_first=True)
X = (X - X.mean()) / X.std()
y = df["left"]
# %%
model = LogisticRegression(max_iter=1000)
model.fit(X, y)
"""

NOTEBOOKS: dict[str, ModelNotebook] = {
    "linear": ModelNotebook("linear regression", _READ + LINEAR),
    "forest": ModelNotebook("random forest, unseeded split", _READ + FOREST),
    "boosting": ModelNotebook("gradient boosting, dates", _READ + BOOSTING),
    "svm": ModelNotebook("support vectors, no probabilities", _READ + SUPPORT, with_rows=True),
    "clusters": ModelNotebook("k-means, no label", _READ + CLUSTERS),
    "pipeline": ModelNotebook("ColumnTransformer pipeline, text labels", _READ + PIPELINE),
    "own_class": ModelNotebook("transformer class of the notebook", _READ + OWN_CLASS),
    "text": ModelNotebook("TF-IDF of a text column", _READ + TEXT),
    "several": ModelNotebook("two outputs", _READ + SEVERAL),
    "xgboost": ModelNotebook("XGBoost", _READ + XGBOOST, needs=("xgboost",)),
    "torch": ModelNotebook("PyTorch module of the notebook", _READ + TORCH, needs=("torch",)),
    "cleaning": ModelNotebook("logistic regression, cleaning in pandas only", _READ + CLEANING),
}
