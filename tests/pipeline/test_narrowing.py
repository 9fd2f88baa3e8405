"""Where notebooks are cut into steps that say nothing of steps themselves, and what these are called."""

from __future__ import annotations

import pytest

from nbmlops.pipeline.cutting import cut_pipeline
from nbmlops.slicing.cutting import cut_slice
from tests.pipeline.notebook_text import read_notebook

ONE_CELL = """
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
n_trees = 40
adult = pd.read_csv("data/adult.csv.gz")
adult = adult.dropna()
adult["gain"] = adult["capital_gain"].abs()
adult["married"] = adult["marital_status"].str.startswith("Married")
adult["old"] = adult["age"] > 60
adult["hours"] = adult["hours_per_week"].clip(0, 80)
adult["from_us"] = adult["native_country"] == "United-States"
X = pd.get_dummies(adult.drop(columns=["income"]))
y = adult["income"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1)
model = RandomForestClassifier(n_estimators=n_trees, random_state=1)
model.fit(X_train, y_train)
answers = model.predict(X_test)
accuracy = accuracy_score(y_test, answers)
"""
FORTY = "\n\n".join(ONE_CELL.strip().split("\n"))
HEADED = """
## Data
import pandas as pd

df = pd.read_csv("shops.csv")

df = df.dropna()

## A model
from sklearn.linear_model import Ridge

alpha = 0.5

model = Ridge(alpha=alpha).fit(df[["a"]], df["b"])

## How good is it?
score = model.score(df[["a"]], df["b"])
"""
TITLED = "## All of my homework\n" + ONE_CELL.strip()
HANDLE = """
import pandas as pd
from sklearn.linear_model import Ridge
stream = open("a.csv")
head = next(stream)
rows = [line.split(",") for line in stream]
df = pd.DataFrame(rows)
model = Ridge()
model.fit(df[[0]], df[1])
"""
SMALL = """
from sklearn.datasets import load_iris
from sklearn.svm import SVC
X, y = load_iris(return_X_y=True)
model = SVC().fit(X, y)
"""
NAMED = """
import pandas as pd

%%step fetch
df = pd.read_csv("shops.csv")
df = df.dropna()

%%step learn
from sklearn.linear_model import Ridge
model = Ridge()
model.fit(df[["a"]], df["b"])
"""
STEPS = {
    "one cell": (
        ONE_CELL,
        "accuracy",
        [
            "load_adult: -> adult",
            "make_features: adult -> X y",
            "split_data: X y -> X_test X_train y_test y_train",
            "fit_model: X_train y_train -> model",
            "compute_accuracy: X_test model y_test -> accuracy",
        ],
    ),
    "a cell for each statement": (
        FORTY,
        "model",
        [
            "load_adult: -> adult",
            "make_features: adult -> X y",
            "split_data: X y -> X_train y_train",
            "fit_model: X_train y_train -> model",
        ],
    ),
    "headings": (
        HEADED,
        "score",
        ["data: -> df", "a_model: df -> model", "how_good_is_it: df model -> score"],
    ),
    "one heading above all": (
        TITLED,
        "model",
        [
            "load_adult: -> adult",
            "make_features: adult -> X y",
            "split_data: X y -> X_train y_train",
            "fit_model: X_train y_train -> model",
        ],
    ),
    "an open handle": (HANDLE, "model", ["make_rows: -> rows", "fit_model: rows -> model"]),
    "small": (SMALL, "model", ["fit_model: -> model"]),
    "named": (NAMED, "model", ["fetch: -> df", "learn: df -> model"]),
}


@pytest.mark.parametrize(("text", "target", "steps"), STEPS.values(), ids=STEPS)
def test_a_notebook_is_cut_where_it_is_narrow(text, target, steps):
    history = read_notebook(text)
    found = cut_pipeline(cut_slice(history, target), history).pipeline.steps
    assert [f"{s.name}: {' '.join((*s.inputs, '->', *s.outputs))}" for s in found] == steps


def test_every_statement_is_in_a_step_in_its_order():
    history = read_notebook(ONE_CELL)
    plan = cut_pipeline(cut_slice(history, "accuracy"), history)
    setting, *actions = (p.statement.place for p in plan.parts if p.role == "action")
    steps = [list(step.statements) for step in plan.pipeline.steps]
    assert [place for step in steps for place in step if place != setting] == actions
    assert [step[0] == setting for step in steps].count(True) == 1


@pytest.mark.parametrize("count", [1, 7, 60, 400])
def test_a_long_chain_gives_steps_of_a_size(count):
    text = "\n".join(["x = [1]", *(f"x = x.dropna({n})" for n in range(count))])
    history = read_notebook(text)
    steps = cut_pipeline(cut_slice(history, "x"), history).pipeline.steps
    assert sum(len(s.statements) for s in steps) == count + 1
    assert 1 <= len(steps) <= 10
