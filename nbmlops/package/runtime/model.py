"""The model: the fitted estimator, loaded only if it is the very file that was packaged."""

from __future__ import annotations

import importlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from .cleaning import DroppedError, require_rows
from .manifest import read_checked, read_manifest
from .schema import FILE as SIGNATURE
from .schema import Problem, Schema, load_schema

__all__ = ["FILE", "Answer", "Model", "RefusedError"]

FILE = "model.pkl"

Answer = dict[str, Any]
"""``prediction`` and, where the estimator gives them, ``probabilities`` by class."""


class RefusedError(Exception):
    """Rows that cannot be answered: `problems` says what is wrong with which."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class Model:
    """The packaged model: checks raw rows, makes the features of the notebook of them, and predicts."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(__file__).parent
        self.manifest = read_manifest(self.folder)
        for name in (SIGNATURE, "rows.py"):
            read_checked(self.folder, name)
        self.schema: Schema = load_schema(self.folder)
        content = read_checked(self.folder, FILE)
        self.rows = importlib.import_module(f"{__package__}.rows")
        self.estimator = pickle.loads(content)

    @property
    def name(self) -> str:
        """The model's name in the registry."""
        return str(self.manifest["model"])

    @property
    def version(self) -> int:
        """The model's version in the registry."""
        return int(self.manifest["version"])

    @property
    def has_probabilities(self) -> bool:
        """Whether the estimator gives probabilities."""
        return hasattr(self.estimator, "predict_proba")

    def answer_rows(self, rows: list[Any], probabilities: bool = False) -> list[Answer]:
        """Answer raw rows in their order; RefusedError says which of them cannot be answered, and why."""
        problems = self.schema.check_rows(rows)
        if problems:
            raise RefusedError(problems)
        if not rows:
            return []
        features = self._make_features(rows)
        if features is not None:
            try:
                return self._predict(features, probabilities)
            except (ValueError, TypeError, ArithmeticError):
                if len(rows) == 1:
                    raise
        return self._answer_singly(rows, probabilities)

    def _make_features(self, rows: list[Any]) -> Any:
        """Return the features of all rows at once; None where some row needs a look of its own."""
        try:
            features = self.rows.features(self.schema.build_rows(rows))
        except Exception:  # noqa: BLE001 - a notebook's statements may raise anything: each row is tried for itself
            return None
        return features if features.shape[0] == len(rows) else None

    def _answer_singly(self, rows: list[Any], probabilities: bool) -> list[Answer]:
        answers: list[Answer] = []
        problems: list[Problem] = []
        for number, row in enumerate(rows):
            try:
                features = self.rows.features(self.schema.build_rows([row]))
                require_rows(features.index if hasattr(features, "index") else features, "the cleaning")
                answers += self._predict(features, probabilities)
            except DroppedError as dropped:
                problems.append(Problem(number, None, str(dropped)))
            except Exception as error:  # noqa: BLE001 - as above, and nothing of it may reach the caller as a 500
                reason = f"the model has no answer to this row ({type(error).__name__})"
                problems.append(Problem(number, None, reason))
        if problems:
            raise RefusedError(problems)
        return answers

    def _predict(self, features: Any, probabilities: bool) -> list[Answer]:
        answers: list[Answer] = [{"prediction": _plain(p)} for p in self.estimator.predict(features)]
        if probabilities:
            classes = [_plain(c) for c in self.estimator.classes_]
            for answer, shares in zip(answers, self.estimator.predict_proba(features), strict=True):
                answer["probabilities"] = {
                    str(c): float(share) for c, share in zip(classes, shares, strict=True)
                }
        return answers


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value
