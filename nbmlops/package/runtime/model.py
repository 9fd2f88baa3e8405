"""The model: the fitted estimator, loaded only if it is the very file that was packaged."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from .answers import list_classes, split_answers
from .checks import compile_checks
from .cleaning import DroppedError, require_rows
from .direct import Direct, find_direct
from .fast import speed_up
from .loading import load_estimator
from .schema import Problem, Schema, load_schema
from .seal import check_package

__all__ = ["Answer", "Model", "RefusedError"]

_MOST_PROBLEMS = 1000

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
        self.manifest = check_package(self.folder)
        self.schema: Schema = load_schema(self.folder)
        self.rows = importlib.import_module(f"{__package__}.rows")
        self.estimator = load_estimator(self.folder, self.manifest)
        self._answering = speed_up(self.estimator)
        self.classes = [str(each) for each in list_classes(self.estimator) or ()]
        self._accepts = compile_checks(self.schema)
        self.direct = self._find_direct()

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
        """Whether the estimator gives a share of each class."""
        return list_classes(self.estimator) is not None

    def answer_rows(self, rows: list[Any], probabilities: bool = False) -> list[Answer]:
        """Answer raw rows in their order; RefusedError says which of them cannot be answered, and why."""
        if not all(map(self._accepts, rows)):
            problems = self.schema.check_rows(rows, _MOST_PROBLEMS)
            if problems:
                raise RefusedError(problems)
        found = self.direct.answer(rows, probabilities) if self.direct is not None and rows else None
        if found is not None:
            return found
        answers, refused = self._answer_checked(rows, probabilities)
        if refused:
            raise RefusedError([refused[number] for number in sorted(refused)])
        return [answers[number] for number in range(len(rows))]

    def _find_direct(self) -> Direct | None:
        """Return the way without a frame, if it answers all made-up rows with the same bits."""
        source = (self.folder / "rows.py").read_text(encoding="utf-8")

        def ask(rows: list[Any], probabilities: bool) -> list[Answer]:
            features = self.rows.features(self.schema.build_rows(rows))
            return self._predict(features, probabilities)

        return find_direct(self.estimator, source, self.schema, self.classes, ask)

    def answer_some(
        self, rows: list[Any], probabilities: bool = False
    ) -> tuple[dict[int, Answer], dict[int, list[Problem]]]:
        """Answer those raw rows that can be answered; return the answers and the problems by row."""
        refused: dict[int, list[Problem]] = {}
        for problem in self.schema.check_rows(rows):
            refused.setdefault(problem.row, []).append(problem)
        good = [number for number in range(len(rows)) if number not in refused]
        answers, problems = self._answer_checked([rows[number] for number in good], probabilities)
        refused |= {good[number]: [problem] for number, problem in problems.items()}
        return {good[number]: answer for number, answer in answers.items()}, refused

    def _answer_checked(
        self, rows: list[Any], probabilities: bool
    ) -> tuple[dict[int, Answer], dict[int, Problem]]:
        if not rows:
            return {}, {}
        found = None if self.manifest.get("alone") else self._make_features(rows)
        if found is not None:
            kept, features = found
            try:
                answers = dict(zip(kept, self._predict(features, probabilities), strict=True))
            except Exception:  # noqa: BLE001 - a notebook's own estimator may raise anything: each row is tried for itself
                return self._answer_singly(rows, probabilities, set(range(len(rows))))
            others, problems = self._answer_singly(rows, probabilities, set(range(len(rows))) - set(kept))
            return answers | others, problems
        return self._answer_singly(rows, probabilities, set(range(len(rows))))

    def _make_features(self, rows: list[Any]) -> tuple[list[int], Any] | None:
        """Return which rows the cleaning keeps, and the features of these; None where each needs a look."""
        try:
            features = self.rows.features(self.schema.build_rows(rows))
        except Exception:  # noqa: BLE001 - a notebook's statements may raise anything: each row is tried for itself
            return None
        if not self.manifest.get("by_index") or not hasattr(features, "index"):
            return (list(range(len(rows))), features) if features.shape[0] == len(rows) else None
        # A notebook may sort its rows: their index says which is which, unless it numbered what is left anew.
        kept = [int(label) for label in features.index]
        renumbered = len(kept) < len(rows) and kept == list(range(len(kept)))
        return (kept, features) if kept and len(set(kept)) == len(kept) and not renumbered else None

    def _answer_singly(
        self, rows: list[Any], probabilities: bool, wanted: set[int]
    ) -> tuple[dict[int, Answer], dict[int, Problem]]:
        answers: dict[int, Answer] = {}
        problems: dict[int, Problem] = {}
        for number in sorted(wanted):
            try:
                features = self.rows.features(self.schema.build_rows([rows[number]]))
                require_rows(features.index if hasattr(features, "index") else features, "the cleaning")
                (answers[number],) = self._predict(features, probabilities)
            except DroppedError as dropped:
                problems[number] = Problem(number, None, str(dropped))
            except Exception as error:  # noqa: BLE001 - as above, and nothing of it may reach the caller as a 500
                reason = f"the model has no answer to this row ({type(error).__name__})"
                problems[number] = Problem(number, None, reason)
        return answers, problems

    def _predict(self, features: Any, probabilities: bool) -> list[Answer]:
        predicted = split_answers(self._answering.predict(features))
        answers: list[Answer] = [{"prediction": each} for each in predicted]
        if probabilities:
            for answer, shares in zip(answers, self._answering.predict_proba(features), strict=True):
                answer["probabilities"] = dict(zip(self.classes, map(float, shares), strict=True))
        return answers
