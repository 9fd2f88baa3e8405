# %%
import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

# %%
iris = load_iris(as_frame=True)
frame = iris.frame
frame.columns = [c.replace(" (cm)", "").replace(" ", "_") for c in frame.columns]

# %%
frame["ratio"] = frame["petal_length"] / frame["petal_width"]
X = frame.drop(columns="target")
y = frame["target"]

# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3)

# %%
power = 0.5
def squash(a):
    return np.power(np.abs(a), power)

# %%
clf = Pipeline([("squash", FunctionTransformer(squash)), ("scale", StandardScaler()), ("lr", LogisticRegression(C=1.0, max_iter=300))])
clf.fit(X_train, y_train)

# %%
acc = clf.score(X_test, y_test)
results = {"lr": acc}

# %%
forest = RandomForestClassifier(n_estimators=5, max_depth=3)
forest.fit(X_train, y_train)
results["forest"] = forest.score(X_test, y_test)
results

# %%
search = GridSearchCV(LogisticRegression(max_iter=200), {"C": [0.1, 1.0]}, cv=3)
search.fit(X_train, y_train)
results["search"] = search.best_score_

# %%
clf.set_params(lr__C=0.3)
clf.fit(X_train, y_train)

# %%
scores = cross_val_score(forest, X, y, cv=3)
best = max(results, key=results.get)

# %%
importances = pd.Series(forest.feature_importances_, index=X.columns).sort_values()
keep = list(importances.tail(3).index)
small = RandomForestClassifier(n_estimators=4, random_state=0).fit(X_train[keep], y_train)

# %%
pred = pd.DataFrame({"truth": y_test, "lr": clf.predict(X_test), "small": small.predict(X_test[keep])})
wrong = pred[pred["truth"] != pred["small"]]
