"""Judging: what a fitted model answers to rows whose truth is known, as the numbers of a picture."""

from __future__ import annotations

import contextlib
import random
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nbmlops.core.plot import Plot, PlotKind, Trace

__all__ = ["NoPlotError", "plot_answers", "plot_importance"]

_MOST_CLASSES, _MOST_LABELS, _BINS = 10, 40, 10
_DIAGONAL = Trace("chance", (0.0, 1.0), (0.0, 1.0), reference=True)


class NoPlotError(ValueError):
    """A model and its rows give no such picture; the message says why."""


def plot_answers(kind: PlotKind, model: Any, rows: Any, truth: Any, about: str) -> Plot:
    """Return the numbers of a ROC, precision-recall or calibration curve, or of a confusion matrix.

    The model is asked about `rows`, which runs its own code; the streams of random numbers are put back.
    Raises NoPlotError where there is no such picture, such as a ROC curve of a regression.
    """
    actual = np.asarray(truth)
    if actual.ndim > 1 and actual.shape[1:] != (1,):
        raise NoPlotError("the rows have several true values each")
    actual = actual.ravel()
    if not len(actual):
        raise NoPlotError("there are no rows")
    with _keep_streams(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "confusion":
            return _plot_confusion(actual, np.asarray(model.predict(rows)), about)
        classes, scores, probable = _ask_scores(model, rows)
    if len(scores) != len(actual):
        raise NoPlotError(f"there are {len(actual):,} true values of {len(scores):,} answers")
    if kind == "calibration" and not probable:
        raise NoPlotError("the model gives no probabilities")
    return _plot_scores(kind, classes, scores, actual, about)


@contextlib.contextmanager
def _keep_streams() -> Iterator[None]:
    """Put the global streams of random numbers back to where they were."""
    numbers, drawn = np.random.get_state(), random.getstate()
    torch = sys.modules.get("torch")
    state = None if torch is None else torch.random.get_rng_state()
    try:
        yield
    finally:
        np.random.set_state(numbers)
        random.setstate(drawn)
        if torch is not None:
            torch.random.set_rng_state(state)


def _ask_scores(model: Any, rows: Any) -> tuple[list[Any], Any, bool]:
    """Return the classes of a model, a column of scores for each, and whether they are probabilities."""
    classes = list(np.asarray(getattr(model, "classes_", ())).ravel())
    if len(classes) < 2:
        raise NoPlotError("the model answers no classes")
    for name, probable in (("predict_proba", True), ("decision_function", False)):
        if hasattr(model, name):
            scores = np.asarray(getattr(model, name)(rows), dtype=np.float64)
            if scores.ndim == 1:
                scores = np.column_stack([-scores, scores])
            if scores.shape[1:] != (len(classes),):
                raise NoPlotError("the model gives other scores than one for each class")
            return classes, scores, probable
    raise NoPlotError("the model gives neither probabilities nor scores")


def _plot_scores(kind: PlotKind, classes: Sequence[Any], scores: Any, actual: Any, about: str) -> Plot:
    places = [len(classes) - 1] if len(classes) == 2 else range(min(len(classes), _MOST_CLASSES))
    traces: list[Trace] = []
    notes: list[str] = []
    for at in places:
        positive = actual == classes[at]
        if positive.all() or not positive.any():
            notes.append(
                f"no curve of '{classes[at]}': {'all' if positive.any() else 'none'} of the rows are"
            )
            continue
        traces.append(_trace_scores(kind, str(classes[at]), positive, scores[:, at]))
    if not traces:
        raise NoPlotError(notes[0] if notes else "there is nothing to draw")
    if len(classes) > _MOST_CLASSES:
        notes.append(f"the first {_MOST_CLASSES} of {len(classes)} classes")
    labels = {
        "roc": ("false positives, share", "true positives, share"),
        "pr": ("recall", "precision"),
        "calibration": ("predicted probability", "share that is so"),
    }[kind]
    references = () if kind == "pr" else (_DIAGONAL,)
    return Plot(kind, about, len(actual), (*traces, *references), (), (), (), (), *labels, tuple(notes))


def _trace_scores(kind: PlotKind, name: str, positive: Any, scores: Any) -> Trace:
    from sklearn import metrics
    from sklearn.calibration import calibration_curve

    if kind == "roc":
        wrong, right, _ = metrics.roc_curve(positive, scores)
        return _make_trace(f"{name}, area {metrics.auc(wrong, right):.4f}", wrong, right)
    if kind == "pr":
        precision, recall, _ = metrics.precision_recall_curve(positive, scores)
        average = metrics.average_precision_score(positive, scores)
        return _make_trace(f"{name}, average {average:.4f}", recall[::-1], precision[::-1])
    share, predicted = calibration_curve(positive, np.clip(scores, 0, 1), n_bins=_BINS)
    return _make_trace(name, predicted, share)


def _make_trace(name: str, x: Any, y: Any) -> Trace:
    return Trace(name, tuple(map(float, x)), tuple(map(float, y)))


def _plot_confusion(actual: Any, answered: Any, about: str) -> Plot:
    if answered.ndim > 1 and answered.shape[1:] != (1,):
        raise NoPlotError("the model gives several answers to each row")
    answered = answered.ravel()
    if len(actual) != len(answered):
        raise NoPlotError(f"there are {len(actual):,} true values of {len(answered):,} answers")
    if actual.dtype.kind == "f" and not np.array_equal(actual, np.round(actual)):
        raise NoPlotError("the true values are no classes")
    try:
        known, places = np.unique(np.concatenate([actual, answered]), return_inverse=True)
    except TypeError as problem:
        raise NoPlotError("the true values and the answers cannot be put into one order") from problem
    if len(known) > _MOST_LABELS:
        raise NoPlotError(f"{len(known):,} classes are too many for a matrix")
    counts = np.zeros((len(known), len(known)), dtype=np.int64)
    np.add.at(counts, (places[: len(actual)], places[len(actual) :]), 1)
    labels = tuple(str(label) for label in known.tolist())
    return Plot("confusion", about, len(actual), (), labels, tuple(map(tuple, counts.tolist())))


def plot_importance(model: Any, about: str) -> Plot:
    """Return what a model itself says of its columns: importances of trees, or coefficients.

    Raises NoPlotError where it says nothing of them.
    """
    found_best = getattr(model, "best_estimator_", model)
    steps = [step for _, step in getattr(found_best, "steps", ())] or [found_best]
    last = steps[-1]
    deviations: tuple[float, ...] = ()
    if getattr(last, "feature_importances_", None) is not None:
        values = np.asarray(last.feature_importances_, dtype=np.float64).ravel()
        trees = getattr(last, "estimators_", None)
        if isinstance(trees, list) and all(hasattr(tree, "feature_importances_") for tree in trees):
            deviations = tuple(np.std([tree.feature_importances_ for tree in trees], axis=0).tolist())
        word = "importance, as the model gives it"
    elif getattr(last, "coef_", None) is not None:
        found = np.asarray(last.coef_, dtype=np.float64)
        one = found.ndim == 1 or found.shape[0] == 1
        values = found.ravel() if one else np.abs(found).mean(axis=0)
        word = "coefficient" if one else "mean size of the coefficients"
    else:
        raise NoPlotError(
            "the model says nothing of its columns: it has neither importances nor coefficients"
        )
    names = _name_features(steps, len(values))
    order = sorted(range(len(values)), key=lambda at: -abs(values[at]))
    spread = tuple(deviations[at] for at in order) if deviations else ()
    return Plot(
        "importance",
        about,
        0,
        labels=tuple(names[at] for at in order),
        values=tuple(float(values[at]) for at in order),
        deviations=spread,
        x_label=word,
        notes=("coefficients compare only columns of one scale",) if "coefficient" in word else (),
    )


def _name_features(steps: Sequence[Any], count: int) -> list[str]:
    """Return the names of the columns that the last step was given; numbers where they are not known."""
    found: Sequence[Any] = getattr(steps[-1], "feature_names_in_", ())
    if len(found) != count and len(steps) > 1 and hasattr(steps[-2], "get_feature_names_out"):
        try:
            found = steps[-2].get_feature_names_out()
        except (AttributeError, ValueError, TypeError):  # a step before it has none to give
            found = ()
    return [str(name) for name in found] if len(found) == count else [f"column {at}" for at in range(count)]
