"""Speed: forests that answer with the same bits as scikit-learn, without a thread pool for each row."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Forest", "draw_thresholds", "is_forest", "name_rows", "speed_up"]

_CLASSIFIERS = ("RandomForestClassifier", "ExtraTreesClassifier")
_REGRESSORS = ("RandomForestRegressor", "ExtraTreesRegressor")
_MODULE = "sklearn.ensemble._forest"
_TRIED = (1, 7)
_FEW_ROWS = 8
_MOST_NODES = 2_000_000


class Forest:
    """A fitted forest of scikit-learn: its trees one after the other, as ``n_jobs=1`` adds them up.

    What is checked, and how it becomes an array, is left to the forest's own method. With more jobs
    scikit-learn adds in the order in which threads come back, and the last bit is a matter of luck.
    """

    def __init__(self, forest: Any) -> None:
        self.forest = forest
        self.trees = [tree.tree_ for tree in forest.estimators_]
        self.is_classifier = type(forest).__name__ in _CLASSIFIERS
        self.has_probabilities = self.is_classifier
        nodes = sum(tree.node_count for tree in self.trees)
        self._walk = _Walk(self.trees) if nodes <= _MOST_NODES else None

    def predict(self, rows: Any) -> Any:
        """Return the classes, or the means of what the trees predict."""
        return self._decide(self._add_up(self._check(rows)))

    def predict_proba(self, rows: Any) -> Any:
        """Return the share of each class, a row for each row."""
        return self._add_up(self._check(rows))

    def predict_array(self, rows: Any, probabilities: bool) -> tuple[Any, Any] | None:
        """Answer an array of finite numbers; None where only the forest can say what is wrong with it."""
        with np.errstate(over="ignore"):
            checked = rows.astype(np.float32)
        if not np.isfinite(checked).all():
            return None
        total = self._add_up(checked)
        return self._decide(total), total if probabilities else None

    def _decide(self, total: Any) -> Any:
        if self.is_classifier:
            return self.forest.classes_.take(np.argmax(total, axis=1), axis=0)
        return total[:, 0]

    def _add_up(self, checked: Any) -> Any:
        """Return the means over the trees: a column for each class, or one."""
        width = int(self.forest.n_classes_) if self.is_classifier else 1
        if self._walk is not None and len(checked) <= _FEW_ROWS and np.isfinite(checked).all():
            total = self._walk.add_up(checked)[:, :width]
        else:
            total = np.zeros((checked.shape[0], width), dtype=np.float64)
            for tree in self.trees:
                total += tree.predict(checked)[:, :width]
        total /= len(self.trees)
        return total

    def _check(self, rows: Any) -> Any:
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self.forest)
        return self.forest._validate_X_predict(rows)


class _Walk:
    """All trees in one table, so that a row goes down all of them at once: a leaf leads to itself."""

    def __init__(self, trees: list[Any]) -> None:
        firsts = np.cumsum([0, *[tree.node_count for tree in trees]])
        self.roots = firsts[:-1].astype(np.intp)
        self.depth = max(tree.max_depth for tree in trees)
        self.features = np.concatenate([np.maximum(tree.feature, 0) for tree in trees]).astype(np.intp)
        self.thresholds = np.concatenate([tree.threshold for tree in trees])
        self.values = np.concatenate([tree.value[:, 0, :] for tree in trees])
        # A node's two followers lie side by side: right, then left, where `<=` is 1.
        self.following = np.empty(2 * int(firsts[-1]), dtype=np.intp)
        for tree, first in zip(trees, firsts[:-1], strict=True):
            own = np.arange(tree.node_count)
            is_leaf = tree.children_left < 0
            place = slice(2 * int(first), 2 * int(first) + 2 * tree.node_count)
            self.following[place][0::2] = np.where(is_leaf, own, tree.children_right) + first
            self.following[place][1::2] = np.where(is_leaf, own, tree.children_left) + first

    def add_up(self, checked: Any) -> Any:
        """Return the sums of the trees' values for a few rows without gaps, in the trees' order."""
        found = np.empty((len(checked), self.values.shape[1]))
        for number, row in enumerate(checked.astype(np.float64)):
            nodes = self.roots
            for _ in range(self.depth):
                goes_left = row.take(self.features.take(nodes)) <= self.thresholds.take(nodes)
                nodes = self.following.take(2 * nodes + goes_left)
            # A running sum adds in order, as the loop over trees does; a plain sum would add in pairs.
            found[number] = np.cumsum(self.values.take(nodes, axis=0), axis=0)[-1]
        return found + 0.0


def is_forest(estimator: Any) -> bool:
    """Say whether an estimator is a forest of scikit-learn's own with one output."""
    kind = type(estimator)
    known = kind.__module__ == _MODULE and kind.__name__ in (*_CLASSIFIERS, *_REGRESSORS)
    return known and getattr(estimator, "n_outputs_", 0) == 1


def speed_up(estimator: Any) -> Any:
    """Return what answers for an estimator: a faster one where both give the same bits, else itself.

    Either works on one thread: a service has its threads already.
    """
    last = estimator.steps[-1][1] if getattr(estimator, "steps", None) else estimator
    if getattr(last, "n_jobs", None) not in (None, 1):
        last.n_jobs = 1
    if not is_forest(estimator):
        return estimator
    try:
        fast = Forest(estimator)
        same = all(_is_same(fast, estimator, rows) for rows in _make_rows(estimator))
    except (AttributeError, TypeError, ValueError):  # another version of scikit-learn
        return estimator
    return fast if same else estimator


def draw_thresholds(forest: Any) -> list[list[float]]:
    """Return values around which the first trees decide, feature by feature: there many leaves are met."""
    columns: list[list[float]] = [[0.0, 1.0] for _ in range(int(forest.n_features_in_))]
    for tree in forest.estimators_[:3]:
        for feature, threshold in zip(tree.tree_.feature, tree.tree_.threshold, strict=True):
            if feature >= 0:
                columns[feature].append(float(threshold))
    return columns


def _make_rows(forest: Any) -> list[Any]:
    dice = np.random.default_rng(0)
    columns = draw_thresholds(forest)
    made = []
    for count in _TRIED:
        rows = np.array([[dice.choice(column) for column in columns] for _ in range(count)])
        made.append(name_rows(forest, rows + dice.choice([-1e-3, 0.0, 1e-3], rows.shape)))
    return made


def name_rows(estimator: Any, rows: Any) -> Any:
    """Return rows as the estimator was fitted on them: a frame, if its columns had names."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return rows
    import pandas as pd

    return pd.DataFrame(rows, columns=names)


def _is_same(fast: Forest, forest: Any, rows: Any) -> bool:
    pairs = [(fast.predict(rows), forest.predict(rows))]
    if fast.is_classifier:
        pairs.append((fast.predict_proba(rows), forest.predict_proba(rows)))
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)
