"""Parts of small notebooks: their beginning, their end, and one that reads inside a function."""

from __future__ import annotations

HEAD = """import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler, LabelEncoder, OneHotEncoder
from sklearn.impute import SimpleImputer
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
# --
df = pd.read_csv(parameters.data)
# --
"""

TAIL = """
# --
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# --
model = DecisionTreeClassifier(max_depth=4, random_state=0)
# --
model.fit(X_train, y_train)
"""

NUMBERS = """
df["income"] = df["income"].fillna(df["income"].median())
# --
"""

READ_IN_FUNCTION = """
import pandas as pd
from sklearn.tree import DecisionTreeClassifier
from sklearn.model_selection import train_test_split
# --
def load(path):
    df = pd.read_csv(path)
    df["income"] = df["income"].fillna(df["income"].mean())
    return df.dropna()
# --
df = load(parameters.data)
# --
X = df[["age", "income"]]
y = df["churn"]
# --
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# --
model = DecisionTreeClassifier(max_depth=4, random_state=0)
# --
model.fit(X_train, y_train)
"""
