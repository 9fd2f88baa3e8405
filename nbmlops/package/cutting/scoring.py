"""Scoring: several models answer the same rows of a file, each by its own row function."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbmlops.core.encoding import decode
from nbmlops.errors import PackageError
from nbmlops.package.cutting.bits import take_rows
from nbmlops.package.cutting.inputs import make_schema
from nbmlops.package.cutting.keeping import find_kept
from nbmlops.package.cutting.loaded import Loaded, load_rows
from nbmlops.package.rowcut import RowCut, Scored
from nbmlops.package.runtime.answers import list_classes, plain_value, split_answers
from nbmlops.package.runtime.cleaning import DroppedError
from nbmlops.values.codec import load_value

__all__ = ["score_frame"]


class _Contender:
    """One model with its row function, and what it makes of the rows."""

    def __init__(self, cut: RowCut, estimator: Any, path: str, folder: Path) -> None:
        self.cut = cut
        self.estimator = estimator
        learned = None if cut.learned_content is None else base64.b64decode(cut.learned_content)
        loaded = load_rows(cut.source, learned, pd.DataFrame(), folder)
        if not cut.has_target or not cut.has_reader:
            raise PackageError(
                "The labels of new rows cannot be made by this model's notebook alone.",
                "Read the table by a plain pd.read_csv(...), fit on a label made of it, and register again.",
            )
        schema = make_schema(cut.signature.inputs, cut.placeholders)
        try:
            self.raw = schema.cast_frame(loaded.module.read(path))
        except (ValueError, OSError) as error:
            raise PackageError(
                f"The rows in '{path}' are not such as the notebook read: {error}.",
                "Give a file with the same columns and types.",
            ) from error
        self.features, self.kept = self._make_features(loaded)
        self.labels = self._make_labels(loaded)

    def _make_features(self, loaded: Loaded) -> tuple[Any, list[int]]:
        try:
            made = loaded.features(self.raw.copy())
        except DroppedError:
            return None, []
        return made, find_kept(loaded.features, self.raw, made)[0]

    def _make_labels(self, loaded: Loaded) -> list[Any]:
        """Return the label of each kept row."""
        if not self.kept:
            return []
        labels = loaded.call("target", self.raw.copy())
        if len(labels) != len(self.kept):
            if not isinstance(labels, pd.Series) or not labels.index.is_unique:
                raise PackageError(
                    "The labels cannot be matched with the features of the new rows.",
                    "Make features and label of the same table, and register the model again.",
                )
            labels = labels.loc[self.kept]
        return [plain_value(label) for label in np.asarray(labels).tolist()]


def score_frame(request: dict[str, Any], folder: Path) -> Scored:
    """Return labels and predictions on the rows that every contender keeps."""
    contenders = []
    for number, item in enumerate(request["cuts"]):
        estimator = load_value(item["codec"], (folder / f"estimator{number}.bin").read_bytes())
        contenders.append(_Contender(decode(RowCut, item["cut"]), estimator, request["frame"], folder))
    shared = sorted(set.intersection(*(set(c.kept) for c in contenders)))
    labels = _take_labels(contenders, shared)
    predictions, probabilities = [], []
    for contender in contenders:
        place = {position: number for number, position in enumerate(contender.kept)}
        rows = [place[position] for position in shared]
        features = take_rows(contender.features, rows) if rows else None
        predictions.append(_answer(contender.estimator, features))
        probabilities.append(_share(contender.estimator, features))
    classes = list_classes(contenders[0].estimator) or ()
    return Scored(
        tuple(shared),
        tuple(labels),
        tuple(predictions),
        tuple(probabilities),
        tuple(classes),
    )


def _take_labels(contenders: list[_Contender], shared: list[int]) -> list[Any]:
    taken = []
    for contender in contenders:
        labels = dict(zip(contender.kept, contender.labels, strict=True))
        taken.append([labels[position] for position in shared])
    if any(labels != taken[0] for labels in taken[1:]):
        raise PackageError(
            "The models do not mean the same by the label: their notebooks make it differently.",
            "Retrain from the champion's own notebook, so that the label is made alike.",
        )
    return taken[0]


def _answer(estimator: Any, features: Any) -> tuple[Any, ...]:
    return () if features is None else tuple(split_answers(estimator.predict(features)))


def _share(estimator: Any, features: Any) -> tuple[tuple[float, ...], ...]:
    if features is None or list_classes(estimator) is None:
        return ()
    return tuple(tuple(float(p) for p in row) for row in estimator.predict_proba(features))
