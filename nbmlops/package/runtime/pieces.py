"""Pieces: some rows of a batch with their answers and their problems, by their number in the piece."""

from __future__ import annotations

from typing import Any

from .model import Model

__all__ = ["Answered", "answer_piece"]

Answered = tuple[dict[int, Any], dict[int, list[Any]]]
"""The answers and the problems of rows, by their number."""


def answer_piece(model: Model, rows: list[Any], alone: bool) -> Answered:
    """Answer rows together, or each for itself."""
    if not alone:
        return model.answer_some(rows, model.has_probabilities)
    answers: dict[int, Any] = {}
    problems: dict[int, list[Any]] = {}
    for number, row in enumerate(rows):
        answered, refused = model.answer_some([row], model.has_probabilities)
        if answered:
            answers[number] = answered[0]
        else:
            problems[number] = refused[0]
    return answers, problems
