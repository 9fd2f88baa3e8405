"""Fits: which statements trained which models, by what was seen of them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from nbmlops.core.flows import follow_names, is_training, list_names, trace_flows, walk_outside
from nbmlops.core.history import Statement
from nbmlops.core.learned import ModelSeen, Parameters
from nbmlops.tracking.calls import find_calls
from nbmlops.tracking.lineage import Ancestry

__all__ = ["Fit", "Place", "find_fits"]

Place = tuple[int, int, int]

_TRAINS = re.compile(
    r"\.\s*(?:partial_)?fit\w*\s*\(|\btrain\w*\s*\(|\.\s*backward\s*\(|\.\s*(?:step|optimize)\s*\("
)
_COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.If, ast.Try)


@dataclass(frozen=True, slots=True)
class Fit:
    """A model that a statement trained, tried on parts of its data, or failed to train.

    `line` are the positions that it rests on, its own included; `reach` those of them whose values reach the
    call of ``fit``: without what else the same loop reads. `parameters` are those that a function was given
    which fitted it and gave only numbers back, `turn` what the loops around that call were at. `number`
    counts the models of one statement whose own calls of ``fit`` nobody saw.
    """

    position: int
    model: ModelSeen
    line: frozenset[int]
    reach: frozenset[int]
    parameters: Parameters = ()
    turn: Parameters = ()
    number: int = 0

    @property
    def place(self) -> Place:
        """Which statement it was, which call of ``fit`` in it, and which of those that nobody saw."""
        return (self.position, self.model.order, self.number)


def find_fits(statements: Sequence[Statement], ancestry: Ancestry) -> tuple[Fit, ...]:
    """Return every fit of a history in order; what only prepares data for another model is none."""
    known: set[str] = set()
    found: list[Fit] = []
    reaching = _Reaching(statements)
    for position, statement in enumerate(statements):
        models = statement.learned.models if statement.learned else ()
        chosen = tuple(_choose_models(statement, models, position, statements, ancestry, known))
        calls = () if chosen else find_calls(position, statements, ancestry)
        if chosen or calls:
            line = ancestry.ancestors(position) | {position}
            reach = ancestry.reaching(position, reaching.choose_names) | {position}
            found += [
                Fit(position, model, line, reach, number=0 if model.order else number)
                for number, model in enumerate(chosen)
            ]
            found += [
                Fit(position, call.model, line, reach, call.parameters, call.turn, number)
                for number, call in enumerate(calls)
            ]
        known |= {m.fingerprint for m in models if m.fingerprint}
    return tuple(_drop_preparations(found))


class _Reaching:
    """Chooses the names whose values reach what a compound statement fits; elsewhere all of them may."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._known: dict[int, tuple[str, ...] | None] = {}

    def choose_names(self, position: int) -> tuple[str, ...] | None:
        """Return the names at a position; None for all of them."""
        if position not in self._known:
            learned = self._statements[position].learned
            fits = learned is not None and any(model.order for model in learned.models)
            self._known[position] = _list_reaching(self._statements[position].code) if fits else None
        return self._known[position]


def _choose_models(
    statement: Statement,
    models: Sequence[ModelSeen],
    position: int,
    statements: Sequence[Statement],
    ancestry: Ancestry,
    known: Collection[str],
) -> Iterator[ModelSeen]:
    ordered = sorted((m for m in models if m.order), key=lambda m: (m.order, m.place not in statement.code))
    if ordered:
        seen: set[int] = set()
        for model in ordered:
            if model.order not in seen:
                seen.add(model.order)
                yield model
        return
    if statement.outcome == "raised":
        return
    called = [statements[p].code for p in ancestry.makers(position) if "def " in statements[p].code]
    if not any(_TRAINS.search(code) for code in (statement.code, *called)):
        return
    trains_here = bool(_TRAINS.search(statement.code))
    prints: set[str] = set()
    for model in models:
        if not (model.fitted or trains_here) or (model.fingerprint or "") in {*known, *prints}:
            continue
        prints |= {model.fingerprint} if model.fingerprint else set()
        yield model


def _list_reaching(code: str) -> tuple[str, ...] | None:
    """Return the names whose values reach what a compound statement fits; None where all of them may."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    if not any(isinstance(node, _COMPOUND) for node in tree.body):
        return None
    trained = [node for node in walk_outside(tree) if is_training(node)]
    if not trained:  # a generator of fits that it uses up
        return None
    return follow_names((n for node in trained for n in list_names(node)), trace_flows(tree))


def _drop_preparations(fits: Sequence[Fit]) -> Iterator[Fit]:
    """Leave out what transforms data that another model was then fitted on."""
    used = {p for reach, own in {(f.reach, f.position) for f in fits} for p in reach if p != own}
    answering = Counter(fit.position for fit in fits if fit.model.predicts)
    for fit in fits:
        if fit.model.predicts or not (fit.position in used or answering[fit.position]):
            yield fit
